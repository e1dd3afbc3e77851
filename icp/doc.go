// Package icp is the grammar of mainland China's site record numbers: it finds
// them in the text a visitor sees and reads them from ledgers.
//
// Three families stand in the footer of a mainland site:
//
//   - The record number (ICP备案号), which the rules of order 33 of 2005, art.
//     13, want at the foot of the home page, linked to the ministry's filing
//     system. A filing number is 京ICP备05032038号: the mark of the province,
//     ICP备, two digits of the year and six of the serial (or, since about
//     2020, four of the year and six of the serial: 京ICP备2021000123号), 号.
//     That is the number of the subject; -1 behind it makes it the number of
//     one site, -2A of an app, -3X of a mini program, -4K of a quick app.
//     A holder of an operating licence is filed under the licence's number
//     instead: 京ICP证030173号-1, 浙B2-20080224-1.
//   - The licence number (经营许可证), which stands there as well and is no
//     record number: B2-20080101, 合字B2-20120005, A2.B1-20090003.
//   - The public-security number (公安备案号): 京公网安备11010802020193号,
//     fourteen digits that begin with the GB/T 2260 code of the place.
//
// People type these numbers. [Find] therefore reads through blanks, full-width
// and lower-case letters, every kind of dash, traditional characters,
// zero-width characters, brackets, and a missing or displaced 号, and returns
// the normal form. It never joins two numbers, takes no digit of a telephone
// number beside it, and knows no province but the 31 that file: 萌ICP备 and
// 茶ICP备 are jokes. A number that cannot have been issued (another count of
// digits, serial 000000, 99999999) is a placeholder of a template and is not
// reported.
//
// All functions are pure, safe for concurrent use, linear in their input and
// allocate only for what they find.
package icp
