//! Tests of `openapi.rs`.
//! What goes over HTTP is tested in `tests/api`.

use super::*;

fn completed() -> Value {
    let inquiry = json!({"type": "object", "description": "An inquiry.", "required": ["id", "version"],
        "example": {"id": "inq_1"}, "properties": {
        "id": {"type": "string"}, "version": {"type": "integer"}, "note": {"type": ["string", "null"]}}});
    let page = json!({"type": "object",
        "properties": {"data": {"type": "array", "items": inquiry.clone()}}, "required": ["data"]});
    let content = |name: &str| {
        json!(
        {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}})
    };
    let permission = json!({"name": PERMISSION, "in": "header", "description": "inquiries.read"});
    let path_id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
    let if_match = json!({"name": "If-Match", "in": "header", "schema": {"type": "string"}});
    complete(json!({
        "components": {"schemas": {"Inquiry": inquiry, "Page_Inquiry": page}},
        "paths": {
            "/api/v1/inquiries": {
                "get": {"parameters": [permission],
                    "responses": {"200": {"content": content("Page_Inquiry")}}},
                "post": {"parameters": [permission], "requestBody": {"content": content("Inquiry")},
                    "responses": {"201": {"content": content("Inquiry")}}},
            },
            "/api/v1/inquiries/{id}": {
                "get": {"parameters": [permission, path_id],
                    "responses": {"200": {"content": content("Inquiry")}}},
                "delete": {"parameters": [permission, path_id, if_match],
                    "responses": {"204": {"description": ""}}},
            },
            "/api/v1/inquiries/{id}/restore": {"post": {"parameters": [permission, path_id],
                "responses": {}, NOT_KEPT: true}},
            "/api/v1/auth/login": {"post": {"requestBody": {"content": content("Inquiry")},
                "responses": {"401": {}}, LIMIT: "login"}},
        },
    }))
}

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn an_operation_is_named_by_its_path() {
    let document = completed();
    let ids: Vec<&str> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|op| op["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "inquiries_list",
            "inquiries_create",
            "inquiries_read",
            "inquiries_delete",
            "inquiries_restore",
            "auth_login"
        ]
    );
    assert_eq!(document["paths"]["/api/v1/inquiries"]["post"]["tags"], json!(["inquiries"]));
}

#[test]
fn refusals_and_headers_follow_from_what_is_taken() {
    let document = completed();
    let paths = &document["paths"];
    assert_eq!(statuses(&paths["/api/v1/inquiries"]["get"]), ["200", "400", "401", "403", "503", "default"]);
    let create = &paths["/api/v1/inquiries"]["post"];
    assert_eq!(statuses(create), ["201", "400", "401", "403", "413", "415", "422", "503", "default"]);
    let headers = create["responses"]["201"]["headers"].as_object().unwrap();
    assert_eq!(
        headers.keys().collect::<Vec<_>>(),
        ["X-Request-Id", "ETag", "Location", "Idempotency-Replayed"]
    );
    assert_eq!(
        statuses(&paths["/api/v1/inquiries/{id}"]["delete"]),
        ["204", "400", "401", "403", "404", "412", "503", "default"]
    );
    let login = &paths["/api/v1/auth/login"]["post"];
    assert_eq!(
        (statuses(login), &login["security"]),
        (vec!["400", "401", "413", "415", "422", "429", "503", "default"], &json!([]))
    );
    let restore = &paths["/api/v1/inquiries/{id}/restore"]["post"];
    assert_eq!(
        (&restore["x-permission"], restore["parameters"].as_array().unwrap().len()),
        (&json!("inquiries.read"), 2)
    );
}

#[test]
fn a_page_refers_to_its_rows_and_has_an_example() {
    let document = completed();
    assert_eq!(
        document["components"]["schemas"]["Page_Inquiry"]["properties"]["data"]["items"]["$ref"],
        "#/components/schemas/Inquiry"
    );
    let answer = &document["paths"]["/api/v1/inquiries"]["get"]["responses"]["200"];
    let listed = &answer["content"]["application/json"]["example"];
    assert_eq!(*listed, json!({"data": [{"id": "inq_1", "version": 1, "note": null}]}));
    assert_eq!(
        document["components"]["schemas"]["Inquiry"]["examples"],
        json!([{"id": "inq_1", "version": 1, "note": null}])
    );
}
