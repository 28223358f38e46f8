//! Keyset pagination: a page, its limit, and the opaque cursor to the next one.
//! The sort columns of a list are chosen by its room; their conditions in SQL are in `platform/db/keyset.rs`.

use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::error::{BAD_CURSOR, Error, Result};

/// Rows on a page unless the caller says otherwise.
pub const LIMIT_DEFAULT: i64 = 50;
/// Most rows on a page.
pub const LIMIT_MAX: i64 = 200;
/// Bytes of the rows on a page of a list whose rows may be large. A single row is returned whatever its size.
pub const PAGE_BYTES: usize = 4 << 20;

/// Rows that may be large and are loaded together.
const FEW: i64 = 20;

/// One page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    /// Pass it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// How many rows there are in all; only with `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// A page from up to `limit + 1` rows; `position` returns the sort key of a row.
    pub fn cut<P: Serialize>(
        mut rows: Vec<T>,
        request: &PageRequest,
        position: impl Fn(&T) -> P,
    ) -> Result<Self> {
        let limit = usize::try_from(request.limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = match rows.last() {
            Some(last) if more => Some(request.cursor_at(&position(last))?),
            _ => None,
        };
        Ok(Self { data: rows, next_cursor, total: None })
    }

    /// Like `cut`, with fewer rows where they are large, so that the size of a page is bounded too.
    pub fn cut_by_size<P: Serialize>(
        rows: Vec<T>,
        request: &PageRequest,
        size: impl Fn(&T) -> usize,
        position: impl Fn(&T) -> P,
    ) -> Result<Self> {
        let mut total = 0_usize;
        let fitting = rows.iter().take_while(|row| {
            let is_first = total == 0;
            total = total.saturating_add(size(row).max(1));
            is_first || total <= PAGE_BYTES
        });
        let limit = i64::try_from(fitting.count()).unwrap_or(request.limit).clamp(1, request.limit);
        Self::cut(rows, &PageRequest { limit, ..request.clone() }, position)
    }

    /// A page of rows that may be large, loaded a few at a time after the position passed to `load`, so that
    /// memory is bounded too.
    pub fn gather<P: Serialize + DeserializeOwned>(
        request: &PageRequest,
        mut load: impl FnMut(Option<P>, i64) -> Result<Vec<T>>,
        size: impl Fn(&T) -> usize,
        position: impl Fn(&T) -> P,
    ) -> Result<Self> {
        let want = request.rows();
        let mut after = request.after::<P>()?;
        let (mut rows, mut bytes) = (Vec::new(), 0_usize);
        loop {
            let missing = want.saturating_sub(i64::try_from(rows.len()).unwrap_or(want));
            let asked = missing.min(FEW);
            let few = load(after.take(), asked)?;
            let is_last = i64::try_from(few.len()).unwrap_or(0) < asked;
            after = few.last().map(&position);
            bytes = few.iter().map(&size).fold(bytes, usize::saturating_add);
            rows.extend(few);
            if is_last || asked == missing || bytes > PAGE_BYTES {
                return Self::cut_by_size(rows, request, size, position);
            }
        }
    }

    /// The page with the number of all rows, if the caller asks for it.
    pub fn counted(self, request: &PageRequest, count: impl FnOnce() -> Result<i64>) -> Result<Self> {
        Ok(Self { total: if request.count { Some(count()?) } else { None }, ..self })
    }

    /// The page with its rows turned into others, if each can be.
    pub fn try_map<U>(self, into: impl FnMut(T) -> Result<U>) -> Result<Page<U>> {
        Ok(Page {
            data: self.data.into_iter().map(into).collect::<Result<_>>()?,
            next_cursor: self.next_cursor,
            total: self.total,
        })
    }

    pub fn map<U>(self, into: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(into).collect(),
            next_cursor: self.next_cursor,
            total: self.total,
        }
    }
}

/// Which page is asked for.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub limit: i64,
    pub cursor: Option<String>,
    pub count: bool,
    /// Path and filters of the list; a cursor is valid only for the same ones.
    pub fingerprint: String,
}

impl PageRequest {
    /// The first rows, of a list that nobody goes on with.
    pub fn first(limit: i64) -> Self {
        Self { limit, cursor: None, count: false, fingerprint: String::new() }
    }

    /// How many rows to load: one more than the page holds tells whether there is a next page.
    pub fn rows(&self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// Where the page begins: after this position.
    pub fn after<P: DeserializeOwned>(&self) -> Result<Option<P>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| Error::refuse(&BAD_CURSOR))?;
        let (seal, position) = bytes.split_at_checked(SEAL).ok_or_else(|| Error::refuse(&BAD_CURSOR))?;
        if seal != self.seal(position) {
            return Err(Error::refuse(&BAD_CURSOR));
        }
        serde_json::from_slice(position).map(Some).map_err(|_| Error::refuse(&BAD_CURSOR))
    }

    /// The cursor to the page after a position.
    pub fn cursor_at<P: Serialize>(&self, position: &P) -> Result<String> {
        let position = serde_json::to_vec(position).map_err(Error::internal)?;
        let mut bytes = self.seal(&position);
        bytes.extend_from_slice(&position);
        Ok(BASE64URL_NOPAD.encode(&bytes))
    }

    /// A checksum that binds a position to its list. Not a secret: a position grants nothing beyond the
    /// caller's reach.
    fn seal(&self, position: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.fingerprint.as_bytes());
        hash.update([0]);
        hash.update(position);
        hash.finalize().iter().copied().take(SEAL).collect()
    }
}

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// The position of a row in an order by a value that it may lack, then by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position<V, I> {
    pub value: Option<V>,
    pub id: I,
}

/// Up to `want` rows after a position in an order where rows without a value come last, in either direction.
/// `valued` loads those that have one, `valueless` the others in the order of their ids; `context` is passed
/// to both.
pub fn nulls_last<C: ?Sized, T, V, I>(
    context: &mut C,
    after: Option<Position<V, I>>,
    want: i64,
    valued: impl FnOnce(&mut C, Option<(V, I)>, i64) -> Result<Vec<T>>,
    valueless: impl FnOnce(&mut C, Option<I>, i64) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    let (mut rows, beyond) = match after {
        Some(Position { value: None, id }) => (Vec::new(), Some(id)),
        Some(Position { value: Some(value), id }) => (valued(context, Some((value, id)), want)?, None),
        None => (valued(context, None, want)?, None),
    };
    let missing = want.saturating_sub(i64::try_from(rows.len()).unwrap_or(want));
    if missing > 0 {
        rows.extend(valueless(context, beyond, missing)?);
    }
    Ok(rows)
}

/// Bytes of a cursor that bind it to its list.
const SEAL: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fingerprint: &str, cursor: Option<String>) -> PageRequest {
        PageRequest { limit: 2, cursor, count: false, fingerprint: fingerprint.to_owned() }
    }

    #[test]
    fn a_cursor_fits_its_own_list_only() {
        let page = Page::cut(vec![1, 2, 3], &request("a", None), |n| *n).unwrap();
        assert_eq!(page.data, [1, 2]);
        let cursor = page.next_cursor.unwrap();
        assert_eq!(request("a", Some(cursor.clone())).after::<i32>().unwrap(), Some(2));
        assert!(request("b", Some(cursor)).after::<i32>().is_err());
        assert!(Page::cut(vec![1, 2], &request("a", None), |n| *n).unwrap().next_cursor.is_none());
    }

    #[test]
    fn a_page_of_large_rows_is_shorter() {
        let list = PageRequest { limit: 10, ..request("a", None) };
        let cut = |sizes: Vec<usize>| {
            Page::cut_by_size(sizes, &list, |size| *size, |size| *size)
                .map(|page| (page.data.len(), page.next_cursor.is_some()))
                .unwrap()
        };
        assert_eq!(cut(vec![PAGE_BYTES / 4; 11]), (4, true));
        assert_eq!(cut(vec![PAGE_BYTES / 4; 4]), (4, false));
        assert_eq!(cut(vec![PAGE_BYTES * 2; 2]), (1, true));
        assert_eq!(cut(vec![PAGE_BYTES * 2]), (1, false));
        assert_eq!(cut(vec![0; 11]), (10, true));
        assert_eq!(cut(Vec::new()), (0, false));
    }

    #[test]
    fn large_rows_are_loaded_a_few_at_a_time_and_every_one_is_returned_once() {
        for (count, size) in
            [(0, 1), (19, 1), (20, 1), (21, 1), (60, 1), (200, 1), (60, PAGE_BYTES / 8), (5, PAGE_BYTES * 2)]
        {
            let (mut rows, mut cursor) = (Vec::new(), None);
            loop {
                let list = PageRequest { limit: 50, ..request("a", cursor) };
                let mut most = 0;
                let load = |after: Option<i64>, limit: i64| {
                    most = most.max(limit);
                    Ok((0..count)
                        .filter(|n| after.is_none_or(|after| *n > after))
                        .take(usize::try_from(limit).unwrap())
                        .collect::<Vec<i64>>())
                };
                let page = Page::gather(&list, load, |_| size, |n| *n).unwrap();
                assert!(most <= FEW && page.data.len() * size <= PAGE_BYTES.max(size), "{count} of {size}");
                rows.extend(page.data);
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(rows, (0..count).collect::<Vec<i64>>(), "{count} of {size}");
        }
    }

    #[test]
    fn rows_without_a_value_come_last_and_every_row_once() {
        let all: Vec<(Option<i64>, i64)> =
            vec![(Some(1), 9), (Some(1), 12), (Some(7), 3), (None, 1), (None, 5)];
        for want in 1..=6 {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let rows = nulls_last(
                    &mut (),
                    after,
                    want,
                    |(), after, limit| {
                        let rows = all.iter().copied().filter(|(value, id)| {
                            value.is_some_and(|value| after.is_none_or(|after| (value, *id) > after))
                        });
                        Ok(rows.take(usize::try_from(limit).unwrap()).collect())
                    },
                    |(), after, limit| {
                        let rows = all
                            .iter()
                            .copied()
                            .filter(|(value, id)| value.is_none() && after.is_none_or(|after| *id > after));
                        Ok(rows.take(usize::try_from(limit).unwrap()).collect())
                    },
                )
                .unwrap();
                let Some((value, id)) = rows.last().copied() else { break };
                assert!(rows.len() <= usize::try_from(want).unwrap());
                after = Some(Position { value, id });
                seen.extend(rows);
            }
            assert_eq!(seen, all, "{want} at a time");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_cursor_panics(text in ".*") {
            let _ = request("a", Some(text)).after::<i64>();
        }

        #[test]
        fn a_changed_cursor_is_refused(position in 0i64.., at in 0usize..40, to in 0u8..64) {
            let list = request("a", None);
            let good = list.cursor_at(&position).unwrap();
            let mut bad = good.clone().into_bytes();
            let at = at % bad.len();
            bad[at] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[usize::from(to)];
            let bad = String::from_utf8(bad).unwrap();
            proptest::prop_assume!(bad != good);
            proptest::prop_assert!(request("a", Some(bad)).after::<i64>().is_err());
        }
    }
}
