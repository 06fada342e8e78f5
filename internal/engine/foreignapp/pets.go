package foreignapp

import (
	"context"
	"time"

	"github.com/oapi-codegen/runtime/types"

	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

var name = "Tom"

// GetPet returns a response of the kind.
func (responses) GetPet(_ context.Context, r api.GetPetRequestObject) (api.GetPetResponseObject, error) {
	at := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	switch r.Kind {
	case "date":
		return api.GetPet201JSONResponse(types.Date{Time: at}), nil
	case "counts":
		counts := api.Counts{Name: &name}
		counts.Set("lives", 9)
		return api.GetPet202ApplicationVndPetPlusJSONResponse(counts), nil
	case "list":
		pets := make(api.PetsJSONResponse, 2)
		if err := pets[0].FromPetsBody0(name); err != nil {
			return nil, err
		}
		return api.GetPet203JSONResponse{PetsJSONResponse: pets}, pets[1].FromPetsBody1(api.PetsBody1{Name: name})
	case "key":
		var key api.Key
		err := key.FromKey0(7)
		return api.GetPet207JSONResponse(key), err
	case "time":
		return api.GetPet208JSONResponse{TimeJSONResponse: api.TimeJSONResponse(timestamp.Of(at))}, nil
	}
	var pet api.GetPet200Body
	err := pet.FromGetPet200Body1(api.GetPet200Body1{Name: name})
	return api.GetPet200JSONResponse(pet), err
}

func (bodies) PutPet(_ context.Context, r api.PutPetRequestObject) (api.PutPetResponseObject, error) {
	got := api.PutPet200JSONResponse{"body": r.Body}
	if r.Params.Age != nil {
		got["age"] = r.Params.Age
	}
	return got, nil
}

func (bodies) PatchPet(_ context.Context, r api.PatchPetRequestObject) (api.PatchPetResponseObject, error) {
	return api.PatchPet200JSONResponse(*r.Body), nil
}
