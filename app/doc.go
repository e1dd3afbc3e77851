// Package app builds the daemon out of its parts and runs it: the settings
// become tables, observers, scheduler, channels and face, each with one owner
// that starts and ends it.
//
// # Life
//
// [New] reads the settings, loads the tables, opens the store and listens; it
// looks at nothing yet. [App.Run] works until its context ends or something it
// cannot do without fails, then stops within ten seconds: no new look or call is
// begun, those under way end or are cut off, leases are given back. What was cut
// off is done again after the next start, for everything that must not be lost
// stands in the store.
//
// # Reload
//
// [App.Reload] (SIGHUP) reads the settings anew. A bad file is told with its
// places and the old settings stay in force; nothing is half taken over. What
// is bound to a process, the store and the address listened at, needs a restart
// and says so.
//
// The inventory file is read again when it changed. A file that cannot be read,
// or of which a row is refused, changes nothing.
//
// # Health
//
// [App.Ready] tells why the daemon cannot do its work now. If the store is lost
// looks go on, what they find waits in memory, and the channels are told once,
// past the store, that the alarms may fail.
package app
