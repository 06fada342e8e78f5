package foreignapp

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp/gen/api"
)

type bodies struct{}

func (bodies) CreateFeedback(_ context.Context, r api.CreateFeedbackRequestObject) (api.CreateFeedbackResponseObject, error) {
	return api.CreateFeedback200JSONResponse(*r.Body), nil
}

func (bodies) PatchFeedback(_ context.Context, r api.PatchFeedbackRequestObject) (api.PatchFeedbackResponseObject, error) {
	return api.PatchFeedback200JSONResponse{Name: r.Body.Name, Big: r.Body.Big}, nil
}

// Upload reads the parts as they arrive: a file is never in memory as a whole.
func (bodies) Upload(_ context.Context, r api.UploadRequestObject) (api.UploadResponseObject, error) {
	parts := []string{}
	for {
		part, err := r.Body.NextPart()
		if errors.Is(err, io.EOF) {
			return api.Upload200JSONResponse{Parts: parts}, nil
		}
		if err != nil {
			return nil, err
		}
		n, err := io.Copy(io.Discard, part)
		if err != nil {
			return nil, err
		}
		parts = append(parts, fmt.Sprint(part.FormName(), " ", part.FileName(), " ", n))
	}
}

func (bodies) PutBlob(_ context.Context, r api.PutBlobRequestObject) (api.PutBlobResponseObject, error) {
	read := "nothing"
	switch {
	case r.TextBody != nil:
		read = "text " + string(*r.TextBody)
	case r.Body != nil:
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return nil, err
		}
		read = fmt.Sprint(n, " bytes")
	}
	return api.PutBlob200JSONResponse{Read: read}, nil
}

func (bodies) PutImage(_ context.Context, r api.PutImageRequestObject) (api.PutImageResponseObject, error) {
	n, err := io.Copy(io.Discard, r.Body)
	return api.PutImage200JSONResponse{Read: fmt.Sprint(r.ContentType, " ", n, " bytes")}, err
}
