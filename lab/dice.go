package lab

// dice is a small deterministic generator (splitmix64): the same state gives
// the same throws on every machine, which is all the lab asks of it. It is not
// meant for secrets.
type dice struct{ state uint64 }

// diceFor gives the dice of one site; salt keeps independent uses apart.
func diceFor(seed uint64, index int, salt uint64) dice {
	d := dice{seed ^ uint64(index)*0x9e3779b97f4a7c15 ^ salt<<48}
	d.next()
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n is a throw in [0, k).
func (d *dice) n(k int) int { return int(d.next() % uint64(k)) }

// pick is one of the choices.
func pick[T any](d *dice, choices []T) T { return choices[d.n(len(choices))] }

// shuffled is a copy of the choices in an order given by the dice.
func shuffled[T any](d *dice, choices []T) []T {
	out := append([]T(nil), choices...)
	for i := len(out) - 1; i > 0; i-- {
		j := d.n(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}
