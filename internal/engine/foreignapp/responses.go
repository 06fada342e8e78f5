package foreignapp

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp/gen/api"
)

type responses struct{}

func (responses) GetOrder(_ context.Context, r api.GetOrderRequestObject) (api.GetOrderResponseObject, error) {
	switch r.ID {
	case 302:
		return api.GetOrder302Response{Headers: api.GetOrder302ResponseHeaders{Location: "/orders/200", XPlaces: []string{"here", "there"},
			XDays: &[]int{1, 2}}}, nil
	case 402:
		return api.GetOrder402JSONResponse{Amount: 7}, nil
	case 404:
		return api.GetOrder404TextResponse("no such order"), nil
	case 409:
		return nil, fault.New(fault.Conflict, "", "It was changed.")
	case 410:
		return api.GetOrder410Response{}, nil
	}
	return api.GetOrder200JSONResponse(r.ID), nil
}

// StreamEvents sends an event that says whether there is a deadline, and then waits for the end of the request.
func (responses) StreamEvents(ctx context.Context, _ api.StreamEventsRequestObject) (api.StreamEventsResponseObject, error) {
	_, limited := ctx.Deadline()
	return api.StreamEvents200TextEventStreamResponse{Body: io.MultiReader(
		strings.NewReader(fmt.Sprintf("data: %t\n\n", limited)), untilDone{ctx})}, nil
}

// untilDone is a stream that ends with its context.
type untilDone struct{ context.Context }

func (u untilDone) Read([]byte) (int, error) {
	<-u.Done()
	return 0, io.EOF
}

func (responses) GetFile(_ context.Context, r api.GetFileRequestObject) (api.GetFileResponseObject, error) {
	return api.Content{Bytes: strings.NewReader("0123456789"), MediaType: "application/octet-stream", ETag: `"1"`,
		Range: r.Params.Range, IfRange: r.Params.IfRange}, nil
}
