use std::collections::HashMap;
use std::fmt::Debug;
pub struct Wrapper<T, const N: usize>(pub [T; N]);
impl<T: Debug, const N: usize> Wrapper<T, N> {
    #[inline(never)] pub fn show(&self) -> usize { println!("{:?}", self.0.len()); N }
}
pub trait Shape { fn area(&self) -> f64; fn scaled<F: Fn(f64) -> f64>(&self, f: F) -> f64 where Self: Sized { f(self.area()) } }
pub struct Circle(f64);
impl Shape for Circle { #[inline(never)] fn area(&self) -> f64 { self.0 * 3.0 } }
impl<T: Shape> Shape for Vec<T> { #[inline(never)] fn area(&self) -> f64 { self.iter().map(|s| s.area()).sum() } }
#[inline(never)] pub fn generic<A: Debug, B: Debug>(a: A, b: B) { println!("{:?} {:?}", a, b); }
#[inline(never)] pub fn takes_fn(f: fn(i32, &str) -> Option<u8>) -> Option<u8> { f(1, "x") }
#[inline(never)] pub fn dynamic(x: &dyn Shape, y: &mut dyn Iterator<Item = u8>, z: Box<dyn Fn(&str) -> usize + Send>) -> f64 { x.area() + y.count() as f64 + z("a") as f64 }
#[inline(never)] pub fn holds<T>(t: T) -> usize { std::mem::size_of_val(&t) }
mod inner { pub mod deep { #[inline(never)] pub fn größe(x: u32) -> u32 { let add = |y: u32| { let again = move |z: u32| z + y + x; again(y) }; add(x) } } }
#[inline(never)] pub fn flags<const B: bool, const C: char, const I: i8, const U: u128>() -> i64 { if B { C as i64 } else { I as i64 + U as i64 } }
extern "C" fn c_callback(x: i32) -> i32 { x }
unsafe extern "C" fn c_unsafe(_x: *const u8, _y: *mut [i32; 3]) {}
fn parse(i: i32, s: &str) -> Option<u8> { Some((i as usize + s.len()) as u8) }
fn main() {
    Wrapper([1u8, 2, 3]).show(); Wrapper(["a"; 7]).show();
    let c = Circle(2.0); println!("{}", c.scaled(|x| x + 1.0)); println!("{}", vec![Circle(1.0)].area());
    generic(1i32, "str"); generic((1u8,), [Some('x'); 2]); generic::<&[u8], HashMap<String, Vec<(i16, f32)>>>(&[1], HashMap::new());
    println!("{:?}", takes_fn(parse)); println!("{}", dynamic(&c, &mut vec![1u8].into_iter(), Box::new(|s| s.len())));
    println!("{}", holds(c_callback as extern "C" fn(i32) -> i32) + holds(c_unsafe as unsafe extern "C" fn(*const u8, *mut [i32; 3])) + holds(parse as for<'a> fn(i32, &'a str) -> Option<u8>) + holds::<Box<dyn for<'a> Fn(&'a u8) -> &'a u8 + Send + Sync>>(Box::new(|x| x)) + holds::<Option<&'static mut dyn Shape>>(None) );
    println!("{} {} {}", inner::deep::größe(4), flags::<true, '\u{1F600}', -5, 340282366920938463463374607431768211455>(), flags::<false, '\'', 100, 0>());
}
