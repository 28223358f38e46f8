//! Values that are made from what is stored and kept in memory, one of each type, with the revision of what
//! they were made from. Whether that is still the present one is asked in the transaction that uses them.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::kernel::id::Id;

/// What a value was made from: another one with each change, never one that was there before.
pub type Revision = Id<AnyRevision>;

#[derive(Debug)]
pub enum AnyRevision {}

/// A value of some type, and what it was made from.
type Kept = (Revision, Arc<dyn Any + Send + Sync>);

/// The values of one process.
#[derive(Default)]
pub struct Cached(RwLock<HashMap<TypeId, Kept>>);

impl Cached {
    pub(super) fn get<T: Send + Sync + 'static>(&self, revision: Revision) -> Option<Arc<T>> {
        let kept = self.0.read().ok()?;
        let (of, value) = kept.get(&TypeId::of::<T>())?;
        (*of == revision).then(|| Arc::clone(value))?.downcast().ok()
    }

    pub(super) fn keep<T: Send + Sync + 'static>(&self, revision: Revision, value: &Arc<T>) {
        if let Ok(mut kept) = self.0.write() {
            let value: Arc<T> = Arc::clone(value);
            kept.insert(TypeId::of::<T>(), (revision, value));
        }
    }
}
