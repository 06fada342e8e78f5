import java.util.List;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.NewsApi;
import org.openapitools.client.api.SessionsApi;
import org.openapitools.client.api.UsersApi;
import org.openapitools.client.model.*;

/** Does the tutorial with the client that openapi-generator made. */
public class Check {
    public static void main(String[] args) throws Exception {
        ApiClient client = new ApiClient().setBasePath(args[0]);
        User user = new UsersApi(client).signUp(new UserInput().email("java@example.com").password("correct horse"));
        Token token = new SessionsApi(client).signIn(new Credentials().email("java@example.com").password("correct horse"));
        client.setBearerToken(token.getToken());
        NewsApi api = new NewsApi(client);

        News news = api.createNews(new NewsInput().title("From Java").body("b"));
        check(news.getAuthor().equals(user.getId()), news);
        NewsWhere where = new NewsWhere().title(new StringCondition(new StringOperators().ilike("%JAVA%")));
        NewsFilter asked = new NewsFilter().where(where).order(new NewsOrder("date_created DESC")).limit(10);
        List<PartialNews> found = api.findNews(asked.toJson(), null);
        check(found.size() == 1 && found.get(0).getId().equals(news.getId()), found);
        api.deleteNews(news.getId(), null, null);
        try {
            api.getNews(news.getId(), null, null, null);
            check(false, "a deleted news item was read");
        } catch (ApiException e) {
            check(e.getCode() == 404 && ErrorEnvelope.fromJson(e.getResponseBody()).getError().getCode().equals("ENTITY_NOT_FOUND"), e);
        }
        System.exit(0); // the HTTP client's threads would keep it
    }

    private static void check(boolean right, Object seen) {
        if (!right) throw new AssertionError(seen);
    }
}
