// Package leporello is the page of the module: the packages that make books of
// articles, and two examples of how they go together. It has no code.
//
//   - [github.com/leporello-press/leporello/article] is the tree that every input is
//     read into: what things are, never how they look.
//   - [github.com/leporello-press/leporello/source] finds inputs; the packages below
//     it read one format each.
//   - [github.com/leporello-press/leporello/media] keeps pictures;
//     [github.com/leporello-press/leporello/media/fetch] gets them, and nothing else
//     touches the network.
//   - [github.com/leporello-press/leporello/export] says what a book is;
//     [github.com/leporello-press/leporello/export/epub] and
//     [github.com/leporello-press/leporello/export/pdf] write one.
//   - [github.com/leporello-press/leporello/press] is the way from inputs to
//     finished books and a report.
//
// The command is in cmd/leporello.
package leporello
