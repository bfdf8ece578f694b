//! The simulator behind a C interface, for WebAssembly: a request as bytes in, an answer as bytes out.
//!
//! A request is copied to where [`give_room`] says. An answer is four bytes of length (little-endian), a byte for its
//! kind, and the rest: `j` JSON, `t` text, `r` a run, `e` an error in words. The caller takes it back with [`take_room`].

use std::cell::RefCell;

use simulator::explore::{PageAnswer, Explorer};

thread_local! {
    static SESSION: RefCell<Explorer> = RefCell::new(Explorer::default());
    static PANIC: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room for `len` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn give_room(len: usize) -> *mut u8 {
    Box::leak(vec![0_u8; len].into_boxed_slice()).as_mut_ptr()
}

/// Takes room back.
///
/// # Safety
/// `room` and `len` are those of [`give_room`], or of a whole answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn take_room(room: *mut u8, len: usize) {
    // SAFETY: the caller says that the room is one of ours, with its length.
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(room, len)) });
}

/// Answers a request in JSON.
///
/// # Safety
/// `request` and `len` are those of [`give_room`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ask(request: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller says that the room is one of ours, with its length.
    let request = unsafe { std::slice::from_raw_parts(request, len) };
    answered(|session| session.ask(request))
}

/// Takes a run that another instance made.
///
/// # Safety
/// `run` and `len` are those of [`give_room`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn take(run: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller says that the room is one of ours, with its length.
    let run = unsafe { std::slice::from_raw_parts(run, len) };
    answered(|session| session.take(run))
}

/// What the last panic said, in the form of an answer. A panic traps: the instance is of no use afterwards.
#[unsafe(no_mangle)]
pub extern "C" fn panic_message() -> *const u8 {
    PANIC.with_borrow(|text| text.as_ptr())
}

fn answered(answer: impl FnOnce(&mut Explorer) -> PageAnswer) -> *mut u8 {
    std::panic::set_hook(Box::new(|info| PANIC.with_borrow_mut(|text| *text = framed(b'e', info.to_string().as_bytes()))));
    let bytes = match SESSION.with_borrow_mut(answer) {
        PageAnswer::Json(value) => framed(b'j', value.to_string().as_bytes()),
        PageAnswer::Text(text) => framed(b't', text.as_bytes()),
        PageAnswer::Run(bytes) => framed(b'r', &bytes),
        PageAnswer::Refused(why) => framed(b'e', why.as_bytes()),
    };
    Box::leak(bytes.into_boxed_slice()).as_mut_ptr()
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 1).expect("an answer has less than 4 GiB");
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.push(kind);
    bytes.extend_from_slice(body);
    bytes
}
