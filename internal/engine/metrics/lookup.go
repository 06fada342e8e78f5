package metrics

import (
	"maps"
	"sync"
	"sync/atomic"
)

// lookup is a map that is read often and written seldom. Unlike sync.Map, it does not allocate for a key.
type lookup[K comparable, V any] struct {
	current atomic.Pointer[map[K]V] // immutable
	lock    sync.Mutex              // held by writers
}

func (l *lookup[K, V]) get(key K) (v V, ok bool) {
	if m := l.current.Load(); m != nil {
		v, ok = (*m)[key]
	}
	return v, ok
}

func (l *lookup[K, V]) set(key K, v V) {
	l.lock.Lock()
	defer l.lock.Unlock()
	next := map[K]V{}
	if m := l.current.Load(); m != nil {
		next = maps.Clone(*m)
	}
	next[key] = v
	l.current.Store(&next)
}
