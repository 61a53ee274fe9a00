"""What is asked of Linear's GraphQL API. Source: its published schema (studio.apollographql.com,
"Linear-API")."""

from typing import Final

FIELDS: Final = (
    "id identifier url title trashed priority state { type } assignee { email } "
    "labels(first: 50) { nodes { id name } }"
)
BY_IDS: Final = (
    "query($ids: [ID!]) { issues(filter: { id: { in: $ids } }, includeArchived: true, first: 10) "
    f"{{ nodes {{ {FIELDS} }} }} }}"
)
BY_KEY: Final = f"query($id: String!) {{ issue(id: $id) {{ {FIELDS} }} }}"
CREATE: Final = (
    "mutation($input: IssueCreateInput!) { issueCreate(input: $input) "
    f"{{ success issue {{ {FIELDS} }} }} }}"
)
CHANGE: Final = (
    "mutation($id: String!, $input: IssueUpdateInput!) { issueUpdate(id: $id, input: $input) "
    f"{{ success issue {{ {FIELDS} }} }} }}"
)
SAID: Final = "query($id: ID!) { comments(filter: { id: { eq: $id } }) { nodes { id } } }"
SAY: Final = "mutation($input: CommentCreateInput!) { commentCreate(input: $input) { success } }"
TEAM: Final = (
    "query($key: String!) { teams(filter: { key: { eq: $key } }) "
    "{ nodes { id states(first: 100) { nodes { id type position } } } } }"
)
PERSON: Final = (
    "query($who: String!) { users(filter: { email: { eqIgnoreCase: $who }, "
    "active: { eq: true } }) { nodes { id } } }"
)
LABELS: Final = (
    "query($names: [String!]) { issueLabels(filter: { name: { in: $names } }, first: 100) "
    "{ nodes { id name team { id } } } }"
)
LABEL: Final = (
    "mutation($input: IssueLabelCreateInput!) { issueLabelCreate(input: $input) "
    "{ success issueLabel { id } } }"
)
