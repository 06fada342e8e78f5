/** A typed client of the API in openapi.yaml. Start at {@link Client} and {@link filter}. */
export { Client, type Answer, type Method, type Options } from "./client.js";
export { ApiError, type Detail } from "./error.js";
export { Filter, filter, type FilterOf, type OrderKey, type Property, type Resource, type Schema, type Where } from "./filter.js";
export type { ListPath, PageOptions, ResourceAt } from "./pages.js";
export { memory, type Tokens, type TokenStorage } from "./session.js";
export type { components, operations, paths } from "./schema.js";
