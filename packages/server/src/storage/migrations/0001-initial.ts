import type { Ddl } from './dialect.ts';

/** Every table of the product's first version. `docs/storage-schema.md` says what each is for. */
export const initial = {
  name: '0001-initial',
  statements: (ddl: Ddl): string[] => [
    ...people(ddl),
    ...organizations(ddl),
    ...sessions(ddl),
    ...credentials(ddl),
    ...registries(ddl),
    ...trustedAccess(ddl),
    ...conversations(ddl),
    ...service(ddl),
  ],
};

const people = ({ text, integer, end }: Ddl) => [
  `create table users (
    id ${text} not null primary key,
    email ${text} not null unique,
    name ${text} not null,
    password_hash ${text},
    created_at ${integer} not null,
    disabled_at ${integer}
  ) ${end}`,
  `create table linked_identities (
    provider ${text} not null,
    subject ${text} not null,
    user_id ${text} not null references users (id),
    email ${text},
    created_at ${integer} not null,
    last_used_at ${integer},
    primary key (provider, subject)
  ) ${end}`,
  'create index linked_identities_user on linked_identities (user_id)',
];

const organizations = ({ text, integer, end }: Ddl) => [
  `create table organizations (
    id ${text} not null primary key,
    slug ${text} not null unique,
    title ${text} not null,
    created_at ${integer} not null,
    suspended_at ${integer},
    revision ${integer} not null
  ) ${end}`,
  `create table members (
    org_id ${text} not null references organizations (id),
    user_id ${text} not null references users (id),
    role ${text} not null check (role in ('owner', 'admin', 'member')),
    created_at ${integer} not null,
    primary key (org_id, user_id)
  ) ${end}`,
  'create index members_user on members (user_id)',
  `create table seats (
    org_id ${text} not null,
    user_id ${text} not null,
    assigned_at ${integer} not null,
    primary key (org_id, user_id),
    foreign key (org_id, user_id) references members (org_id, user_id)
  ) ${end}`,
  `create table subscriptions (
    org_id ${text} not null primary key references organizations (id),
    plan ${text} not null,
    seats ${integer} not null,
    starts_at ${integer} not null,
    ends_at ${integer} not null,
    cancelled_at ${integer}
  ) ${end}`,
];

const sessions = ({ text, integer, end }: Ddl) => [
  `create table browser_sessions (
    id ${text} not null primary key,
    secret_hash ${text} not null unique,
    user_id ${text} not null references users (id),
    created_at ${integer} not null,
    last_seen_at ${integer} not null,
    expires_at ${integer} not null,
    authenticated_at ${integer} not null,
    ip ${text} not null,
    user_agent ${text} not null
  ) ${end}`,
  'create index browser_sessions_user on browser_sessions (user_id)',
  'create index browser_sessions_expiry on browser_sessions (expires_at)',
  `create table login_sessions (
    id ${text} not null primary key,
    user_id ${text} not null references users (id),
    client_id ${text} not null,
    door ${text} not null,
    scope ${text} not null,
    label ${text} not null,
    ip ${text} not null,
    created_at ${integer} not null,
    last_used_at ${integer} not null,
    idle_expires_at ${integer} not null,
    expires_at ${integer} not null,
    revoked_at ${integer},
    revoked_reason ${text}
  ) ${end}`,
  'create index login_sessions_user on login_sessions (user_id)',
  'create index login_sessions_expiry on login_sessions (expires_at)',
  'create index login_sessions_idle_expiry on login_sessions (idle_expires_at)',
  'create index login_sessions_revocation on login_sessions (revoked_at) where revoked_at is not null',
  `create table refresh_tokens (
    hash ${text} not null primary key,
    session_id ${text} not null references login_sessions (id) on delete cascade,
    generation ${integer} not null,
    created_at ${integer} not null,
    used_at ${integer},
    rotated_at ${integer},
    successor_hash ${text},
    sealed_successor ${text}
  ) ${end}`,
  'create unique index refresh_tokens_current on refresh_tokens (session_id) where rotated_at is null',
  'create index refresh_tokens_session on refresh_tokens (session_id)',
  'create index refresh_tokens_rotation on refresh_tokens (rotated_at) where rotated_at is not null',
  'create index refresh_tokens_sealed on refresh_tokens (rotated_at) where sealed_successor is not null',
];

const credentials = ({ text, integer, end }: Ddl) => [
  `create table api_keys (
    id ${text} not null primary key,
    owner_kind ${text} not null,
    owner_id ${text} not null,
    org_id ${text} not null references organizations (id),
    name ${text} not null,
    secret_hash ${text} not null unique,
    created_at ${integer} not null,
    expires_at ${integer} not null,
    last_used_at ${integer},
    revoked_at ${integer}
  ) ${end}`,
  'create index api_keys_owner on api_keys (owner_id)',
  'create index api_keys_organization on api_keys (org_id)',
  `create table individual_tokens (
    id ${text} not null primary key,
    org_id ${text} not null references organizations (id),
    user_id ${text} not null references users (id),
    secret_hash ${text} not null unique,
    created_at ${integer} not null,
    expires_at ${integer} not null,
    revoked_at ${integer}
  ) ${end}`,
  'create unique index individual_tokens_current on individual_tokens (org_id, user_id) where revoked_at is null',
  `create table site_tokens (
    id ${text} not null primary key,
    org_id ${text} not null references organizations (id),
    name ${text} not null,
    secret_hash ${text} not null unique,
    created_by ${text} not null,
    created_at ${integer} not null,
    expires_at ${integer} not null,
    revoked_at ${integer}
  ) ${end}`,
  'create index site_tokens_organization on site_tokens (org_id)',
  `create table service_accounts (
    id ${text} not null primary key,
    org_id ${text} not null references organizations (id),
    name ${text} not null,
    created_at ${integer} not null,
    disabled_at ${integer},
    unique (org_id, name)
  ) ${end}`,
];

const registries = ({ text, integer, end }: Ddl) => [
  `create table registries (
    id ${text} not null primary key,
    org_id ${text} not null references organizations (id),
    name ${text} not null,
    kind ${text} not null,
    upstream_url ${text},
    sealed_upstream_credential ${text},
    created_at ${integer} not null,
    unique (org_id, name)
  ) ${end}`,
  `create table views (
    id ${text} not null primary key,
    org_id ${text} not null references organizations (id),
    name ${text} not null,
    public ${integer} not null check (public in (0, 1)),
    is_default ${integer} not null check (is_default in (0, 1)),
    created_at ${integer} not null,
    unique (org_id, name)
  ) ${end}`,
  'create unique index views_default on views (org_id) where is_default = 1',
  `create table view_registries (
    view_id ${text} not null references views (id),
    registry_id ${text} not null references registries (id),
    position ${integer} not null,
    primary key (view_id, registry_id)
  ) ${end}`,
  `create table view_grants (
    org_id ${text} not null references organizations (id),
    view_id ${text} references views (id),
    grantee_kind ${text} not null,
    grantee_id ${text} not null
  ) ${end}`,
  `create unique index view_grants_grantee on view_grants (grantee_kind, grantee_id, org_id, coalesce(view_id, ''))`,
  `create table hosted_files (
    registry_id ${text} not null references registries (id),
    filename ${text} not null,
    project ${text} not null,
    version ${text} not null,
    sha256 ${text} not null,
    size ${integer} not null,
    requires_python ${text},
    metadata_sha256 ${text},
    yanked ${text},
    uploaded_at ${integer} not null,
    uploaded_by ${text} not null,
    primary key (registry_id, filename)
  ) ${end}`,
  'create index hosted_files_project on hosted_files (registry_id, project)',
];

const trustedAccess = ({ text, integer, end }: Ddl) => [
  `create table trusted_issuers (
    id ${text} not null primary key,
    org_id ${text} references organizations (id),
    provider ${text} not null,
    issuer ${text} not null,
    jwks ${text},
    created_at ${integer} not null,
    disabled_at ${integer}
  ) ${end}`,
  'create index trusted_issuers_organization on trusted_issuers (org_id)',
  `create table accessors (
    id ${text} not null primary key,
    org_id ${text} not null references organizations (id),
    issuer_id ${text} not null references trusted_issuers (id),
    purpose ${text} not null,
    name ${text} not null,
    constraints ${text} not null,
    replay ${text} not null,
    token_seconds ${integer} not null,
    created_by ${text} not null,
    created_at ${integer} not null,
    last_used_at ${integer},
    disabled_at ${integer}
  ) ${end}`,
  'create index accessors_organization on accessors (org_id)',
  `create table replay_keys (
    issuer_id ${text} not null,
    key_hash ${text} not null,
    expires_at ${integer} not null,
    primary key (issuer_id, key_hash)
  ) ${end}`,
  'create index replay_keys_expiry on replay_keys (expires_at)',
];

const conversations = ({ text, integer, end }: Ddl) => [
  `create table pyx_logins (
    id_hash ${text} not null primary key,
    state ${text} not null check (state in ('pending', 'approved', 'denied', 'collected')),
    user_id ${text} references users (id),
    claimed_by ${text},
    ip ${text} not null,
    user_agent ${text} not null,
    created_at ${integer} not null,
    expires_at ${integer} not null
  ) ${end}`,
  'create index pyx_logins_address on pyx_logins (ip)',
  'create index pyx_logins_expiry on pyx_logins (expires_at)',
  `create table oidc_artifacts (
    model ${text} not null,
    id ${text} not null,
    payload ${text} not null,
    grant_id ${text},
    user_code ${text},
    uid ${text},
    expires_at ${integer},
    consumed_at ${integer},
    primary key (model, id)
  ) ${end}`,
  'create index oidc_artifacts_grant on oidc_artifacts (grant_id) where grant_id is not null',
  'create index oidc_artifacts_user_code on oidc_artifacts (user_code) where user_code is not null',
  'create index oidc_artifacts_uid on oidc_artifacts (uid) where uid is not null',
  'create index oidc_artifacts_expiry on oidc_artifacts (expires_at) where expires_at is not null',
  `create table one_time_links (
    secret_hash ${text} not null primary key,
    purpose ${text} not null,
    user_id ${text} not null references users (id),
    created_at ${integer} not null,
    expires_at ${integer} not null,
    used_at ${integer}
  ) ${end}`,
  'create index one_time_links_expiry on one_time_links (expires_at)',
];

const service = ({ text, integer, end, appendOnly }: Ddl) => [
  `create table signing_keys (
    kid ${text} not null primary key,
    algorithm ${text} not null,
    sealed_private_jwk ${text} not null,
    public_jwk ${text} not null,
    created_at ${integer} not null,
    active_at ${integer} not null,
    retired_at ${integer}
  ) ${end}`,
  `create table revocations (
    subject ${text} not null primary key,
    not_before ${integer} not null,
    expires_at ${integer} not null
  ) ${end}`,
  'create index revocations_expiry on revocations (expires_at)',
  `create table revocation_epoch (id ${integer} not null primary key check (id = 1), value ${integer} not null) ${end}`,
  'insert into revocation_epoch (id, value) values (1, 1)',
  `create table audit_events (
    sequence ${integer} not null primary key,
    at ${integer} not null,
    actor ${text} not null,
    action ${text} not null,
    org_id ${text},
    target ${text},
    detail ${text} not null,
    ip ${text},
    request_id ${text},
    hash ${text} not null
  ) ${end}`,
  'create index audit_events_organization on audit_events (org_id, sequence)',
  'create index audit_events_actor on audit_events (actor, sequence)',
  'create index audit_events_action on audit_events (action, sequence)',
  ...appendOnly('audit_events'),
  `create table audit_head (id ${integer} not null primary key check (id = 1), sequence ${integer} not null, hash ${text} not null) ${end}`,
  `insert into audit_head (id, sequence, hash) values (1, 0, '${'0'.repeat(64)}')`,
];
