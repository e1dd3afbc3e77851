package cluster

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"domaincheck/store"
	"domaincheck/watch"
)

// sweepJob begins a sweep of one part: any node may take it.
type sweepJob struct {
	Part watch.Part `json:"part"`
}

// Kind implements river.JobArgs.
func (sweepJob) Kind() string { return "sweep" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (sweepJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: sweepQueue, MaxAttempts: 3, UniqueOpts: whileOpen()}
}

// shardJob is a share of a sweep: the sites of the shards From up to, not
// including, To, or those of one pace key.
type shardJob struct {
	Part watch.Part `json:"part"`
	From int        `json:"from"`
	To   int        `json:"to"`
	Pace *string    `json:"pace"`
}

// Kind implements river.JobArgs.
func (shardJob) Kind() string { return "shard" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (shardJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: shardQueue, MaxAttempts: 3, UniqueOpts: whileOpen()}
}

func (j shardJob) partition() store.Partition {
	return store.Partition{Pace: j.Pace, From: j.From, To: j.To}
}

// pokeJob tells the node whose queue it is in that a channel has something new.
type pokeJob struct {
	Channel string `json:"channel"`
}

// Kind implements river.JobArgs.
func (pokeJob) Kind() string { return "poke" }

// whileOpen allows one job of the same arguments and queue at a time: a second
// one while the first is open is left out, and a finished one is in nobody's way.
func whileOpen() river.UniqueOpts {
	return river.UniqueOpts{ByArgs: true, ByQueue: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}
}

func (n *Node) workers() (*river.Workers, error) {
	w := river.NewWorkers()
	if err := river.AddWorkerSafely(w, river.WorkFunc(n.sweep)); err != nil {
		return nil, err
	}
	if err := river.AddWorkerSafely(w, river.WorkFunc(n.shard)); err != nil {
		return nil, err
	}
	return w, river.AddWorkerSafely(w, river.WorkFunc(func(_ context.Context, job *river.Job[pokeJob]) error {
		n.o.Poke(job.Args.Channel)
		return nil
	}))
}

// sweep inserts the shards of a sweep; those of the sweep before that are still
// open stay the only ones of their kind.
func (n *Node) sweep(ctx context.Context, job *river.Job[sweepJob]) error {
	shards, err := n.shards(ctx, job.Args.Part)
	if err != nil {
		return err
	}
	if len(shards) == 0 {
		return nil
	}
	results, err := n.river.InsertMany(ctx, shards)
	if err != nil {
		return err
	}
	open := 0
	for _, r := range results {
		if r.UniqueSkippedAsDuplicate {
			open++
		}
	}
	if open > 0 {
		n.o.Log.Debug("shards of the sweep before are still open", "part", job.Args.Part, "open", open, "of", len(shards))
	}
	n.counts.sweeps.Add(1)
	return nil
}

// shards cuts a part into shares: registration by registry, so that each is
// asked from one place at a time; the others by ranges of the sites' hashes.
func (n *Node) shards(ctx context.Context, part watch.Part) ([]river.InsertManyParams, error) {
	var all []river.InsertManyParams
	if part == watch.Registration {
		paces, err := n.o.Store.Paces(ctx, part)
		if err != nil {
			return nil, err
		}
		for pace := range paces {
			all = append(all, river.InsertManyParams{Args: shardJob{Part: part, Pace: &pace}})
		}
		return all, nil
	}
	for i := range n.o.Shards {
		from, to := i*store.Shards/n.o.Shards, (i+1)*store.Shards/n.o.Shards
		all = append(all, river.InsertManyParams{Args: shardJob{Part: part, From: from, To: to}})
	}
	return all, nil
}

// shard works a share once, or until its time is up; what is left then comes
// again as the same job, behind the others. What became due meanwhile is the
// next sweep's: a share that went on as long as there is anything to do in it
// would, with more to do than there is time for, keep the others waiting.
func (n *Node) shard(ctx context.Context, job *river.Job[shardJob]) error {
	bounded, done := context.WithTimeout(ctx, shardTime)
	defer done()
	_, err := n.o.Worker(bounded, job.Args.Part, job.Args.partition())
	n.counts.rounds.Add(1)
	switch {
	case bounded.Err() != nil: // or the node stops: another takes it at once
		return river.JobSnooze(0)
	case err != nil:
		return err
	}
	n.counts.shards.Add(1)
	return nil
}
