package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"domaincheck"
	"domaincheck/scheduler"
	"domaincheck/store"
	"domaincheck/watch"
)

// Info is what a daemon tells of itself when it starts.
type Info struct {
	Version   string                         `json:"version"`
	Role      Role                           `json:"role"`
	Node      domaincheck.Text               `json:"node"`   // its name among those that share a store; null on a store of its own
	Listen    string                         `json:"listen"` // as it is, also where port 0 was asked for
	URL       string                         `json:"url"`
	Open      bool                           `json:"open"`     // everybody on this machine may do everything
	Settings  domaincheck.Text               `json:"settings"` // file; null: defaults and environment
	Store     string                         `json:"store"`
	Inventory domaincheck.Text               `json:"inventory"`
	Refused   *domaincheck.Error             `json:"inventory_error"` // why the inventory file was not taken over
	Sites     int64                          `json:"sites"`
	Channels  domaincheck.List[ChannelOf]    `json:"channels"`
	Next      map[string]domaincheck.Instant `json:"next"` // part → next tick of its schedule
}

// ChannelOf is a channel by name and type.
type ChannelOf struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Info tells what this daemon is made of.
func (a *App) Info(ctx context.Context) (Info, error) {
	f := a.inForce()
	s := f.config.Settings
	address := a.listener.Addr().String()
	scheme := "http://"
	if a.keys.Load() != nil {
		scheme = "https://"
	}
	i := Info{
		Version: a.o.Version, Role: a.o.Role, Listen: address, URL: scheme + address + "/", Open: len(s.Auth.Tokens) == 0,
		Settings: domaincheck.Text(f.config.File), Store: a.store.Dialect() + ":" + a.store.Place(), Inventory: domaincheck.Text(s.File(s.Inventory)),
		Next: map[string]domaincheck.Instant{},
	}
	if a.node != nil {
		i.Node = domaincheck.Text(a.owner)
	}
	if now := a.inventoryNow(); now != nil {
		i.Refused = now.Err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Channels)) {
		i.Channels = append(i.Channels, ChannelOf{name, s.Channels[name].Type})
	}
	for part, next := range nextTicks(f.schedules, a.store.Now()) {
		i.Next[string(part)] = domaincheck.At(next)
	}
	count, err := a.store.CountSites(ctx, store.SiteQuery{})
	i.Sites = int64(count.N)
	return i, err
}

func nextTicks(s scheduler.Schedules, now time.Time) map[watch.Part]time.Time {
	next := map[watch.Part]time.Time{}
	if s.Access != nil {
		next[watch.Resolution] = s.Access.Next(now)
	}
	if s.Page != nil {
		next[watch.Page] = s.Page.Next(now)
	}
	if s.Registration != nil {
		next[watch.Registration] = s.Registration.Next(now)
	}
	return next
}
