//! The error type: what was refused, why, and which fields are at fault.
//! Its HTTP form is in `platform/http/problem.rs`; each room defines its own refusals.

use std::error::Error as StdError;
use std::fmt;

use serde_json::{Map, Value};

use super::language::{Bilingual, Language};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The most faults that one answer lists.
pub const FAULTS_MAX: usize = 100;

/// The class of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Not parseable.
    Malformed,
    Unauthenticated,
    /// The sender's proof is missing or wrong; logging in does not help.
    Unproven,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    Conflict,
    /// It was there, and serves no more.
    Gone,
    PreconditionFailed,
    TooLarge,
    UnsupportedMediaType,
    /// Well-formed, but a value is wrong.
    Invalid,
    TooMany,
    Unavailable,
    Internal,
}

/// A reason to refuse: a stable code and messages in both languages.
#[derive(Debug)]
pub struct Refusal {
    pub class: Class,
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

impl Refusal {
    pub const fn new(class: Class, code: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { class, code, zh, en }
    }
}

/// What can be wrong with one field; `{}` in the message is replaced by the fault's value.
#[derive(Debug)]
pub struct FaultKind {
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

impl FaultKind {
    pub const fn new(code: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { code, zh, en }
    }
}

/// One wrong field.
#[derive(Clone, Debug)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    pub pointer: String,
    pub kind: &'static FaultKind,
    /// A limit, or what is allowed, in both languages. Of the caller's input at most a sanitized name.
    pub value: Option<Bilingual>,
}

impl Fault {
    pub fn new(pointer: impl Into<String>, kind: &'static FaultKind) -> Self {
        Self { pointer: pointer.into(), kind, value: None }
    }

    pub fn with(pointer: impl Into<String>, kind: &'static FaultKind, value: impl Into<Bilingual>) -> Self {
        Self { pointer: pointer.into(), kind, value: Some(value.into()) }
    }

    /// What is wrong, in words.
    pub fn message(&self, language: Language) -> String {
        language
            .pick(self.kind.zh, self.kind.en)
            .replace("{}", self.value.as_ref().map_or("", |value| value.pick(language)))
    }
}

pub static REQUIRED: FaultKind = FaultKind::new("required", "此项必填。", "This is required.");
pub static UNKNOWN_MEMBER: FaultKind = FaultKind::new(
    "unknown_member",
    "没有这个字段，或不允许填写。",
    "There is no such member, or it cannot be written.",
);
pub static WRONG_TYPE: FaultKind = FaultKind::new("wrong_type", "类型应为{}。", "The type must be {}.");
pub static TOO_LONG: FaultKind = FaultKind::new("too_long", "最多 {} 个字符。", "At most {} characters.");
pub static TOO_SHORT: FaultKind = FaultKind::new("too_short", "至少 {} 个字符。", "At least {} characters.");
pub static TOO_MANY_ITEMS: FaultKind = FaultKind::new("too_many_items", "最多 {} 项。", "At most {} items.");
pub static NOT_ONE_OF: FaultKind = FaultKind::new("not_one_of", "只能是：{}。", "Must be one of: {}.");
pub static BAD_FORMAT: FaultKind = FaultKind::new("bad_format", "应为{}。", "Expected {}.");
pub static CONTROL_CHARACTER: FaultKind = FaultKind::new(
    "control_character",
    "含有不允许的控制字符。",
    "It contains a control character that is not allowed.",
);
pub static TOO_MANY_WORDS: FaultKind =
    FaultKind::new("too_many_words", "最多 {} 个不同的值。", "At most {} different values.");
pub static OUT_OF_RANGE: FaultKind = FaultKind::new("out_of_range", "超出范围：{}。", "Out of range: {}.");
pub static BAD_VALUE: FaultKind =
    FaultKind::new("bad_value", "值不符合要求。", "The value does not match the schema.");
pub static BAD_PATTERN: FaultKind =
    FaultKind::new("bad_format", "应符合规则 {}。", "It must match the pattern {}.");
pub static TOO_LARGE: FaultKind = FaultKind::new(
    "too_large",
    "内容过大：合并后的整个对象按 JSON 计最多 {}。",
    "Too large: the whole object, after merging, is at most {} as JSON.",
);
pub static UNKNOWN_ID: FaultKind =
    FaultKind::new("unknown_id", "没有这个对象。", "There is no object with this id.");

pub static INVALID: Refusal =
    Refusal::new(Class::Invalid, "invalid", "有些内容需要更正。", "Some values need to be corrected.");
pub static BAD_QUERY: Refusal =
    Refusal::new(Class::Malformed, "bad_query", "查询参数有误。", "A query parameter is wrong.");
pub static BAD_CURSOR: Refusal = Refusal::new(
    Class::Malformed,
    "bad_cursor",
    "游标无效，或与筛选、排序不符。请从第一页重新开始。",
    "The cursor is damaged or belongs to another filter or sort. Start again from the first page.",
);
pub static NOT_FOUND: Refusal = Refusal::new(
    Class::NotFound,
    "not_found",
    "没有找到，或不在您的权限范围内。",
    "It does not exist, or you have no access to it.",
);
pub static STALE: Refusal = Refusal::new(
    Class::PreconditionFailed,
    "stale",
    "数据已被他人修改，请重新读取后再试。",
    "It has changed since you read it. Read it again, then retry.",
);
pub static UNAVAILABLE: Refusal = Refusal::new(
    Class::Unavailable,
    "unavailable",
    "暂时无法使用，请稍后重试。",
    "It cannot be used right now. Try again shortly.",
);
pub static INTERNAL: Refusal = Refusal::new(
    Class::Internal,
    "internal",
    "服务器内部出错，已记录。请提供 request_id 以便查找。",
    "Something went wrong on the server. It has been recorded: quote the request_id when you ask about it.",
);

/// Something was refused, or failed.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    refusal: &'static Refusal,
    faults: Vec<Fault>,
    members: Map<String, Value>,
    retry_after: Option<u64>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub fn refuse(refusal: &'static Refusal) -> Self {
        Self(Box::new(Inner {
            refusal,
            faults: Vec::new(),
            members: Map::new(),
            retry_after: None,
            source: None,
        }))
    }

    pub fn not_found() -> Self {
        Self::refuse(&NOT_FOUND)
    }

    /// Validation failed, with all faults.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        Self::refuse(&INVALID).faults(faults)
    }

    /// An unexpected failure: logged with its causes, which the caller does not see.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::refuse(&INTERNAL).because(source)
    }

    /// A dependency does not answer.
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::refuse(&UNAVAILABLE).retry_after(1).because(source)
    }

    /// Adds faults, up to the most that are listed.
    pub fn faults(mut self, mut faults: Vec<Fault>) -> Self {
        faults.truncate(FAULTS_MAX);
        self.0.faults = faults;
        self
    }

    pub fn fault(self, fault: Fault) -> Self {
        self.faults(vec![fault])
    }

    /// Adds an extension member (RFC 9457 §3.2).
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Sets `Retry-After`, in seconds.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub fn refusal(&self) -> &'static Refusal {
        self.0.refusal
    }

    pub fn class(&self) -> Class {
        self.0.refusal.class
    }

    pub fn field_faults(&self) -> &[Fault] {
        &self.0.faults
    }

    pub fn members(&self) -> &Map<String, Value> {
        &self.0.members
    }

    /// The error and its causes in one line, for the log.
    pub fn chain(&self) -> String {
        let mut words = self.to_string();
        let mut source = StdError::source(self);
        while let Some(cause) = source {
            words.push_str(": ");
            words.push_str(&cause.to_string());
            source = cause.source();
        }
        words
    }

    pub fn retry_seconds(&self) -> Option<u64> {
        self.0.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.refusal.code)?;
        for fault in &self.0.faults {
            write!(f, " {} {}", fault.pointer, fault.kind.code)?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source: &(dyn StdError + 'static) = self.0.source.as_deref()?;
        Some(source)
    }
}

/// Collects faults, so that all are reported at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        // More than an answer lists need not be kept.
        if self.0.len() < FAULTS_MAX {
            self.0.push(fault);
        }
    }

    /// Keeps the value, or the fault of it.
    pub fn keep<T>(&mut self, checked: std::result::Result<T, Fault>) -> Option<T> {
        checked.map_err(|fault| self.add(fault)).ok()
    }

    /// Adds these to others, with their pointers below another one.
    pub fn below(self, pointer: &str, to: &mut Self) {
        for fault in self.0 {
            to.add(Fault { pointer: format!("{pointer}{}", fault.pointer), ..fault });
        }
    }

    pub fn none_or(self, refusal: &'static Refusal) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::refuse(refusal).faults(self.0)) }
    }
}
