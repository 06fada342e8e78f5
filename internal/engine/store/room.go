package store

import (
	"context"

	"golang.org/x/sync/semaphore"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// Room bounds the bytes that lists may take together, from when they are read until they are sent. It is safe for concurrent use.
type Room struct {
	left *semaphore.Weighted
	most int64 // bytes of one list
}

// NewRoom returns room for so many bytes, half of which one list may have.
func NewRoom(bytes int64) *Room { return &Room{semaphore.NewWeighted(bytes), bytes / 2} }

type roomKey struct{}

// share is what one request has of a room.
type share struct {
	*Room
	taken int64
}

// Enter returns a context for one request, whose lists (Collection.Find) take their bytes from the room, and what gives them back.
// A list that is too long by itself is Malformed, and Unavailable when others leave it no room.
func (r *Room) Enter(ctx context.Context) (context.Context, func()) {
	s := &share{Room: r}
	return context.WithValue(ctx, roomKey{}, s), func() { r.left.Release(s.taken) }
}

// take takes n bytes more for the request of the context; there is no bound when it entered no room.
func take(ctx context.Context, n int) error {
	s, ok := ctx.Value(roomKey{}).(*share)
	switch {
	case !ok:
		return nil
	case s.taken+int64(n) > s.most:
		return fault.New(fault.Malformed, "INVALID_PARAMETER_VALUE",
			"What was found has more than %d bytes. Ask for less at once with the filter's limit, or leave out large properties with its fields.", s.most)
	case !s.left.TryAcquire(int64(n)):
		return fault.New(fault.Unavailable, "", "Too many large lists are being sent. Try again, or ask for less at once.")
	}
	s.taken += int64(n)
	return nil
}
