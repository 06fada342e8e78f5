package testapp

import (
	"context"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp/gen/api"
)

type notes struct{ notes store.Collection[api.Note] }

func newNotes(s engine.Services) notes { return notes{store.CollectionOf[api.Note](s.Store, "Note")} }

func (h notes) CreateNote(ctx context.Context, r api.CreateNoteRequestObject) (api.CreateNoteResponseObject, error) {
	note, version, err := h.notes.Create(ctx, r.Body)
	return api.StoredJSON{Body: note, ETag: version.ETag()}, err
}

func (h notes) FindNotes(ctx context.Context, r api.FindNotesRequestObject) (api.FindNotesResponseObject, error) {
	found, err := h.notes.Find(ctx, r.Params.Filter)
	return api.StoredJSON{Body: found}, err
}

func (h notes) CountNotes(ctx context.Context, r api.CountNotesRequestObject) (api.CountNotesResponseObject, error) {
	count, err := h.notes.Count(ctx, r.Params.Where)
	return api.CountNotes200JSONResponse{Count: count}, err
}

func (h notes) UpdateAllNotes(ctx context.Context, r api.UpdateAllNotesRequestObject) (api.UpdateAllNotesResponseObject, error) {
	count, err := h.notes.UpdateAll(ctx, r.Params.Where, r.Params.All, r.Body)
	return api.UpdateAllNotes200JSONResponse{Count: count}, err
}

func (h notes) GetNote(ctx context.Context, r api.GetNoteRequestObject) (api.GetNoteResponseObject, error) {
	note, version, err := h.notes.Read(ctx, r.ID, r.Params.Filter)
	if err != nil {
		return nil, err
	}
	unchanged, err := store.If(r.Params.IfMatch, r.Params.IfNoneMatch).NotModified(version)
	if unchanged {
		return api.GetNote304Response{Headers: api.GetNote304ResponseHeaders{ETag: version.ETag()}}, err
	}
	return api.StoredJSON{Body: note, ETag: version.ETag()}, err
}

func (h notes) UpdateNote(ctx context.Context, r api.UpdateNoteRequestObject) (api.UpdateNoteResponseObject, error) {
	_, version, err := h.notes.Update(ctx, r.ID, r.Body, store.If(r.Params.IfMatch, r.Params.IfNoneMatch))
	return api.UpdateNote204Response{Headers: api.UpdateNote204ResponseHeaders{ETag: version.ETag()}}, err
}

func (h notes) ReplaceNote(ctx context.Context, r api.ReplaceNoteRequestObject) (api.ReplaceNoteResponseObject, error) {
	_, version, err := h.notes.Replace(ctx, r.ID, r.Body, store.If(r.Params.IfMatch, r.Params.IfNoneMatch))
	return api.ReplaceNote204Response{Headers: api.ReplaceNote204ResponseHeaders{ETag: version.ETag()}}, err
}

func (h notes) DeleteNote(ctx context.Context, r api.DeleteNoteRequestObject) (api.DeleteNoteResponseObject, error) {
	return api.DeleteNote204Response{}, h.notes.Delete(ctx, r.ID, store.If(r.Params.IfMatch, r.Params.IfNoneMatch))
}

// FinishNote marks a note as done. A note can be finished only once.
func (h notes) FinishNote(ctx context.Context, r api.FinishNoteRequestObject) (api.FinishNoteResponseObject, error) {
	note, _, err := h.notes.Get(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if note.State == api.NoteStateDone {
		return nil, fault.New(fault.Conflict, "ALREADY_DONE", "The note is already done.")
	}
	done, version, err := h.notes.Update(ctx, r.ID, map[string]any{"state": api.NoteStateDone}, store.Any)
	return api.StoredJSON{Body: done, ETag: version.ETag()}, err
}
