// Command check does the tutorial with the client that ogen made.
package main

import (
	"context"
	"fmt"
	"os"

	"check/plain"
)

type bearer string

func (b *bearer) BearerAuth(context.Context, plain.OperationName) (plain.BearerAuth, error) {
	return plain.BearerAuth{Token: string(*b)}, nil
}

func main() {
	if err := check(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(ctx context.Context, url string) error {
	var token bearer
	api, err := plain.NewClient(url, &token)
	if err != nil {
		return err
	}
	const email, password = "ogen@example.com", "correct horse"
	signedUp, err := api.SignUp(ctx, &plain.UserInput{Email: email, Password: password})
	user, ok := signedUp.(*plain.User)
	if !ok {
		return fmt.Errorf("sign up: %T, %v", signedUp, err)
	}
	signedIn, err := api.SignIn(ctx, &plain.Credentials{Email: email, Password: password})
	session, ok := signedIn.(*plain.Token)
	if !ok {
		return fmt.Errorf("sign in: %T, %v", signedIn, err)
	}
	token = bearer(session.Token)

	created, err := api.CreateNews(ctx, &plain.NewsInput{Title: "From ogen", Body: "b"})
	news, ok := created.(*plain.NewsHeaders)
	if !ok || news.Response.Author != user.ID {
		return fmt.Errorf("create: %T, %v", created, err)
	}
	var asked plain.NewsFilter
	title := plain.NewStringOperatorsStringCondition(plain.StringOperators{Ilike: plain.NewOptLikePattern("%OGEN%")})
	asked.Where.SetTo(plain.NewsWhere{Title: plain.NewOptStringCondition(title)})
	asked.Order.SetTo(plain.NewNewsOrderKeysNewsOrder("date_created DESC"))
	asked.Limit.SetTo(10)
	listed, err := api.FindNews(ctx, plain.FindNewsParams{Filter: plain.NewOptNewsFilter(asked)})
	found, ok := listed.(*plain.FindNewsOKHeaders)
	if !ok || len(found.Response) != 1 || found.Response[0].ID.Value != news.Response.ID {
		return fmt.Errorf("filter: %T %+v, %v", listed, listed, err)
	}
	deleted, err := api.DeleteNews(ctx, plain.DeleteNewsParams{ID: news.Response.ID})
	if _, ok := deleted.(*plain.DeleteNewsNoContent); !ok {
		return fmt.Errorf("delete: %T, %v", deleted, err)
	}
	missing, err := api.GetNews(ctx, plain.GetNewsParams{ID: news.Response.ID})
	if gone, ok := missing.(*plain.GetNewsApplicationJSONNotFound); !ok || gone.Error.Code.Value != "ENTITY_NOT_FOUND" {
		return fmt.Errorf("read what is deleted: %T %+v, %v", missing, missing, err)
	}
	return nil
}
