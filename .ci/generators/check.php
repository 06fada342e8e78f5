<?php
// Does the tutorial with the client that openapi-generator made.

use OpenAPI\Client\Api\NewsApi;
use OpenAPI\Client\Api\SessionsApi;
use OpenAPI\Client\Api\UsersApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model\Credentials;
use OpenAPI\Client\Model\NewsFilter;
use OpenAPI\Client\Model\NewsInput;
use OpenAPI\Client\Model\UserInput;

require 'GuzzleHttp/autoload.php';
spl_autoload_register(function ($class) {
    require $GLOBALS['argv'][2] . '/lib/' . str_replace(['OpenAPI\\Client\\', '\\'], ['', '/'], $class) . '.php';
});

function check(bool $right, mixed $seen): void
{
    if (!$right) {
        throw new Exception(print_r($seen, true));
    }
}

$configuration = (new Configuration())->setHost($argv[1]);
$account = ['email' => 'php@example.com', 'password' => 'correct horse'];
$user = (new UsersApi(null, $configuration))->signUp(new UserInput($account));
$configuration->setAccessToken((new SessionsApi(null, $configuration))->signIn(new Credentials($account))->getToken());
$api = new NewsApi(null, $configuration);

$news = $api->createNews(new NewsInput(['title' => 'From PHP', 'body' => 'b']));
check($news->getAuthor() === $user->getId(), $news);
$asked = new NewsFilter(['where' => ['title' => ['ilike' => '%PHP%']], 'order' => 'date_created DESC', 'limit' => 10]);
$found = $api->findNews(json_encode($asked));
check(count($found) === 1 && $found[0]->getId() === $news->getId(), $found);
check($api->deleteNewsWithHttpInfo($news->getId())[1] === 204, null);
try {
    $api->getNews($news->getId());
    check(false, 'a deleted news item was read');
} catch (ApiException $e) {
    check($e->getCode() === 404 && $e->getResponseObject()->getError()->getCode() === 'ENTITY_NOT_FOUND', $e->getResponseBody());
}
