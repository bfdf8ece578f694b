//! Items with small handles. Places of removed items are reused, so memory is bounded by the items alive at once.

use std::ops::{Index, IndexMut};

/// Items of one kind, each named by a `u32`.
///
/// A handle is valid until its item is removed. A stale handle is an error of the caller and finds another item.
///
/// ```
/// use des::Pool;
/// let mut pool = Pool::default();
/// let a = pool.insert("a");
/// pool.remove(a);
/// assert_eq!(pool.insert("b"), a);
/// assert_eq!(pool[a], "b");
/// ```
#[derive(Clone, Debug)]
pub struct Pool<T> {
    items: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Pool<T> {
    #[inline]
    fn default() -> Self {
        Self { items: Vec::new(), free: Vec::new() }
    }
}

impl<T> Pool<T> {
    /// Adds an item.
    ///
    /// # Panics
    /// With more than 2^32 − 1 items.
    #[inline]
    pub fn insert(&mut self, item: T) -> u32 {
        if let Some(handle) = self.free.pop() {
            self.items[handle as usize] = item;
            return handle;
        }
        let handle = u32::try_from(self.items.len()).expect("fewer than 2^32 items alive");
        self.items.push(item);
        handle
    }

    /// Frees the item's place.
    #[inline]
    pub fn remove(&mut self, handle: u32) {
        self.free.push(handle);
    }

    /// Items alive.
    #[must_use]
    #[inline]
    pub fn alive(&self) -> usize {
        self.items.len() - self.free.len()
    }

    /// Upper bound of the handles given out so far; some may be free again.
    #[must_use]
    #[inline]
    pub fn handles(&self) -> u32 {
        u32::try_from(self.items.len()).expect("fewer than 2^32 items alive")
    }
}

impl<T> Index<u32> for Pool<T> {
    type Output = T;
    #[inline]
    fn index(&self, handle: u32) -> &T {
        &self.items[handle as usize]
    }
}

impl<T> IndexMut<u32> for Pool<T> {
    #[inline]
    fn index_mut(&mut self, handle: u32) -> &mut T {
        &mut self.items[handle as usize]
    }
}
