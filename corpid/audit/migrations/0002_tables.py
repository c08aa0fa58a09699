"""The audit tables, in SQL: partitions, triggers and grants are the database's own means."""

from django.conf import settings
from django.db import migrations

TABLES = """
CREATE SCHEMA audit;

CREATE TABLE audit.event (
    id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    kind varchar(80) NOT NULL,
    actor varchar(120) NOT NULL,
    subject varchar(120) NOT NULL,
    company_id uuid,
    facts jsonb NOT NULL,
    commitments jsonb NOT NULL,
    hash bytea NOT NULL CONSTRAINT event_hash_is_sha256 CHECK (octet_length(hash) = 32),
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (id, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX events_by_transaction ON audit.event (transaction, id);
CREATE INDEX events_of_a_company ON audit.event (company_id, recorded_at)
    WHERE company_id IS NOT NULL;
CREATE INDEX events_by_time ON audit.event USING brin (recorded_at);

CREATE TABLE audit.personal_value (
    event_id uuid NOT NULL,
    name varchar(80) NOT NULL,
    salt bytea NOT NULL CONSTRAINT salt_has_256_bits CHECK (octet_length(salt) = 32),
    value text NOT NULL,
    PRIMARY KEY (event_id, name)
);

CREATE TABLE audit.leaf (
    index bigint PRIMARY KEY CONSTRAINT leaf_index_is_not_negative CHECK (index >= 0),
    event_id uuid NOT NULL UNIQUE,
    recorded_at timestamptz NOT NULL,
    hash bytea NOT NULL
);

-- Hashes of complete subtrees above the leaves; a cache from which proofs are made.
CREATE TABLE audit.node (
    level smallint NOT NULL CONSTRAINT node_is_above_the_leaves CHECK (level > 0),
    index bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, index)
);

-- One row: the events of every transaction that had ended in this snapshot are sealed.
CREATE TABLE audit.sealer (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT there_is_one_sealer CHECK (only_row),
    sealed_by pg_snapshot NOT NULL,
    size bigint NOT NULL
);
INSERT INTO audit.sealer (sealed_by, size) VALUES ('3:3:', 0);

CREATE TABLE audit.checkpoint (
    size bigint PRIMARY KEY,
    root bytea NOT NULL,
    note text NOT NULL,
    signed_at timestamptz NOT NULL,
    published_at timestamptz
);

-- How far each outside place and each witness has followed, and since when it has not.
CREATE TABLE audit.follower (
    name varchar(300) PRIMARY KEY,
    size bigint NOT NULL DEFAULT 0,
    root bytea,
    followed_at timestamptz,
    asked_at timestamptz,
    failing_since timestamptz,
    failure varchar(200) NOT NULL DEFAULT '',
    CONSTRAINT failure_has_a_beginning CHECK ((failing_since IS NULL) = (failure = ''))
);

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit.% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.event
    FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit.event
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.leaf
    FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit.leaf
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.node
    FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit.node
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

-- Partitions are made by the owner's function, which the application may call: it has no DDL.
-- A table is made first and attached then: that waits for no open transaction, and keeps none
-- waiting, unless it holds event_elsewhen; then it gives up at once and is called again later.
-- A month of which events stand in event_elsewhen already stays there: nothing is moved.
CREATE FUNCTION audit.ensure_partitions(first_month date, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '300ms'
AS $$
DECLARE
    month date := date_trunc('month', first_month);
    begins timestamptz;
    ends timestamptz;
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('corpid.audit partitions', 0));
    FOR i IN 0 .. least(months, 60) - 1 LOOP
        name := 'event_' || to_char(month, 'YYYY_MM');
        begins := month::timestamp AT TIME ZONE 'UTC';
        month := month + interval '1 month';
        ends := month::timestamp AT TIME ZONE 'UTC';
        CONTINUE WHEN to_regclass('audit.' || name) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM audit.event_elsewhen WHERE recorded_at >= begins AND recorded_at < ends
        );
        EXECUTE format(
            'CREATE TABLE audit.%I (LIKE audit.event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name
        );
        EXECUTE format('REVOKE ALL ON audit.%I FROM {application}', name);
        EXECUTE format(
            'CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse()', name
        );
        EXECUTE format(
            'ALTER TABLE audit.event ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
            name, begins, ends
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION audit.ensure_partitions FROM PUBLIC;

-- What no month holds yet (a clock far off) is kept here rather than refused.
CREATE TABLE audit.event_elsewhen PARTITION OF audit.event DEFAULT;
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON audit.event_elsewhen
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
SELECT audit.ensure_partitions((now() - interval '1 month')::date, 15);

GRANT USAGE ON SCHEMA audit TO {application};
REVOKE ALL ON ALL TABLES IN SCHEMA audit FROM {application};
GRANT SELECT, INSERT ON audit.event, audit.leaf, audit.node TO {application};
GRANT SELECT, INSERT, DELETE ON audit.personal_value TO {application};
GRANT SELECT, INSERT, UPDATE (published_at) ON audit.checkpoint TO {application};
GRANT SELECT, INSERT, UPDATE ON audit.follower TO {application};
GRANT SELECT, UPDATE ON audit.sealer TO {application};
GRANT EXECUTE ON FUNCTION audit.ensure_partitions TO {application};
"""


def make_tables(apps, schema_editor):
    role = schema_editor.quote_name(settings.APPLICATION_DATABASE_ROLE)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TABLES.replace("{application}", role))


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(make_tables)]  # no way back: a log is not dropped
