import GRDB

/// The tables, as migrations that are only ever added to.
enum JobSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001 jobs") { try $0.execute(sql: jobs) }
        migrator.registerMigration("0002 spool protocol") { try $0.execute(sql: spoolProtocol) }
        migrator.registerMigration("0003 notices") { try $0.execute(sql: notices) }
        migrator.registerMigration("0004 names of recordings") { try $0.execute(sql: namesOfRecordings) }
        migrator.registerMigration("0005 sites and lists") { try $0.execute(sql: sitesAndLists) }
        migrator.registerMigration("0006 catalogue") { try $0.execute(sql: catalogue) }
        migrator.registerMigration("0007 days of videos") { try $0.execute(sql: daysOfVideos) }
        migrator.registerMigration("0008 tallies") { try $0.execute(sql: tallies) }
        // What is in the trash is asked at each renewal of the site, and is little.
        migrator.registerMigration("0009 jobs in the trash") {
            try $0.execute(sql: "CREATE INDEX jobs_deleted ON jobs (deleted_at) WHERE deleted_at IS NOT NULL")
        }
        return migrator
    }

    /// Times are milliseconds since 1970 in UTC. `seq` is the order of arrival and breaks ties.
    private static let jobs = """
        CREATE TABLE drops (
            drop_id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            folder TEXT NOT NULL CHECK (folder IN ('incoming','retry','cancel','delete','update','reprocess')),
            user_id TEXT NOT NULL,
            taken_at INTEGER NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE jobs (
            seq INTEGER PRIMARY KEY,
            job_id TEXT NOT NULL UNIQUE,
            drop_id TEXT NOT NULL REFERENCES drops (drop_id),
            ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
            site TEXT NOT NULL,
            url TEXT,
            recording TEXT,
            video_id TEXT,
            title TEXT,
            user_id TEXT NOT NULL,
            priority INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 10),
            spec TEXT NOT NULL CHECK (json_valid(spec)),
            status TEXT NOT NULL CHECK (status IN (
                'pending','queued','downloading','extracting_audio','transcribing','extracting_metadata',
                'extracting_comments','retrying','completed','failed','cancelled')),
            stage TEXT NOT NULL CHECK (stage IN (
                'downloading','extracting_audio','transcribing','extracting_metadata','extracting_comments')),
            stage_state TEXT CHECK (stage_state IN ('waiting','running')),
            waiting_lane TEXT CHECK (waiting_lane IN ('network','cpu','asr')),
            progress REAL NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
            retry_count INTEGER NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
            manual_retry_count INTEGER NOT NULL DEFAULT 0 CHECK (manual_retry_count BETWEEN 0 AND 10),
            max_retries INTEGER NOT NULL CHECK (max_retries BETWEEN 0 AND 10),
            not_before INTEGER,
            wait_reason TEXT,
            interruptions INTEGER NOT NULL DEFAULT 0,
            interrupted_progress REAL,
            lease_owner TEXT,
            lease_expires_at INTEGER,
            failure TEXT CHECK (failure IS NULL OR json_valid(failure)),
            warnings TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(warnings)),
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            updated_at INTEGER NOT NULL,
            UNIQUE (drop_id, ordinal),
            CHECK (url IS NOT NULL OR recording IS NOT NULL),
            CHECK ((stage_state IS NOT NULL) = (status IN (
                'downloading','extracting_audio','transcribing','extracting_metadata','extracting_comments'))),
            CHECK ((waiting_lane IS NOT NULL) = (status = 'queued' OR stage_state IS 'waiting')),
            CHECK ((lease_owner IS NOT NULL) = (stage_state IS 'running')),
            CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL)),
            CHECK ((not_before IS NOT NULL) = (status IN ('pending','retrying'))),
            CHECK ((ended_at IS NOT NULL) = (status IN ('completed','failed','cancelled'))),
            CHECK (status <> 'failed' OR failure IS NOT NULL)
        );
        -- The line of each lane: picking the next job is one step in this index, however many jobs there are.
        CREATE INDEX jobs_in_line ON jobs (waiting_lane, priority, created_at, seq) WHERE waiting_lane IS NOT NULL;
        CREATE INDEX jobs_due ON jobs (not_before) WHERE not_before IS NOT NULL;
        CREATE INDEX jobs_running ON jobs (lease_expires_at) WHERE lease_owner IS NOT NULL;
        CREATE INDEX jobs_by_status ON jobs (status, seq);
        CREATE INDEX jobs_by_video ON jobs (video_id) WHERE video_id IS NOT NULL;

        CREATE TABLE attempts (
            id INTEGER PRIMARY KEY,
            job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
            stage TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            outcome TEXT CHECK (outcome IN ('done','failed','interrupted','cancelled')),
            failure TEXT CHECK (failure IS NULL OR json_valid(failure)),
            CHECK ((ended_at IS NULL) = (outcome IS NULL))
        );
        CREATE INDEX attempts_of_job ON attempts (job_id, id);

        CREATE TABLE history (
            id INTEGER PRIMARY KEY,
            job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
            status TEXT NOT NULL,
            at INTEGER NOT NULL
        );
        CREATE INDEX history_of_job ON history (job_id, id);

        CREATE TABLE site_breakers (
            site TEXT PRIMARY KEY,
            state TEXT NOT NULL CHECK (state IN ('open','trying')),
            until INTEGER NOT NULL,
            strikes INTEGER NOT NULL CHECK (strikes > 0),
            reason TEXT NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE stage_pauses (
            stage TEXT PRIMARY KEY,
            until INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) WITHOUT ROWID;
        """

    /// `polite_site` is the site at which few jobs are at a time, `site_calls` when it may be asked again. `list` is what became of the
    /// items of a playlist or channel, `list_id` the job of the list that a job is an item of.
    private static let sitesAndLists = """
        ALTER TABLE jobs ADD COLUMN polite_site TEXT;
        -- Of what waits from an earlier version, the pages are known of one site only.
        UPDATE jobs SET polite_site = site WHERE site = 'youtube' AND url IS NOT NULL AND recording IS NULL;
        ALTER TABLE jobs ADD COLUMN list_id TEXT;
        ALTER TABLE jobs ADD COLUMN list TEXT CHECK (list IS NULL OR json_valid(list));
        CREATE INDEX jobs_in_line_by_site ON jobs (polite_site, priority, turn, created_at, seq) WHERE waiting_lane = 'network';
        CREATE TABLE site_calls (
            site TEXT PRIMARY KEY,
            next_at INTEGER NOT NULL
        ) WITHOUT ROWID;

        -- What every look at a list has found in it, by the ids of the list's and the items' addresses.
        CREATE TABLE list_items (
            list_address TEXT NOT NULL,
            address_id TEXT NOT NULL,
            url TEXT NOT NULL,
            title TEXT,
            job_id TEXT,
            first_seen_at INTEGER NOT NULL,
            last_seen_at INTEGER NOT NULL,
            gone_at INTEGER,
            reason TEXT,
            PRIMARY KEY (list_address, address_id),
            CHECK ((gone_at IS NULL) = (reason IS NULL))
        ) WITHOUT ROWID;
        CREATE INDEX jobs_of_lists ON jobs (list_id) WHERE list_id IS NOT NULL;
        CREATE INDEX jobs_followed ON jobs (seq) WHERE list IS NOT NULL;
        """

    /// What has happened since the database was made, also to jobs that were pruned: sums by name and label, kept by triggers. Seconds of
    /// work are counted by the upper bound of the class in which they fall.
    private static let tallies = """
        CREATE TABLE tallies (
            name TEXT NOT NULL,
            label TEXT NOT NULL,
            value REAL NOT NULL,
            PRIMARY KEY (name, label)
        ) WITHOUT ROWID;
        CREATE TRIGGER tally_job_ended AFTER UPDATE OF status ON jobs WHEN old.ended_at IS NULL AND new.ended_at IS NOT NULL BEGIN
            INSERT INTO tallies VALUES ('jobs_ended', new.status, 1), ('job_retries', new.retry_count, 1)
                ON CONFLICT DO UPDATE SET value = value + excluded.value;
        END;
        -- Those that found their video there already did not work on it.
        CREATE TRIGGER tally_job_completed AFTER UPDATE OF status ON jobs
            WHEN new.status = 'completed' AND old.status <> 'completed' AND new.stage <> 'downloading' BEGIN
            INSERT INTO tallies VALUES
                ('job_seconds_sum', '', (new.ended_at - new.started_at) / 1000.0),
                ('job_seconds', CASE
                    WHEN new.ended_at - new.started_at <= 1000 THEN '1' WHEN new.ended_at - new.started_at <= 5000 THEN '5'
                    WHEN new.ended_at - new.started_at <= 15000 THEN '15' WHEN new.ended_at - new.started_at <= 60000 THEN '60'
                    WHEN new.ended_at - new.started_at <= 300000 THEN '300' WHEN new.ended_at - new.started_at <= 900000 THEN '900'
                    WHEN new.ended_at - new.started_at <= 3600000 THEN '3600'
                    WHEN new.ended_at - new.started_at <= 14400000 THEN '14400' ELSE '+Inf' END, 1)
                ON CONFLICT DO UPDATE SET value = value + excluded.value;
        END;
        CREATE TRIGGER tally_attempt_ended AFTER UPDATE OF ended_at ON attempts WHEN old.ended_at IS NULL AND new.outcome = 'done' BEGIN
            INSERT INTO tallies VALUES
                ('stage_seconds_sum', new.stage, (new.ended_at - new.started_at) / 1000.0), ('stage_seconds_count', new.stage, 1)
                ON CONFLICT DO UPDATE SET value = value + excluded.value;
        END;
        CREATE TRIGGER tally_attempt_failed AFTER UPDATE OF ended_at ON attempts WHEN old.ended_at IS NULL AND new.outcome = 'failed' BEGIN
            INSERT INTO tallies VALUES ('stage_failures', new.stage || ' ' || coalesce(new.failure ->> 'class', ''), 1)
                ON CONFLICT DO UPDATE SET value = value + excluded.value;
            INSERT INTO tallies VALUES ('last_failure', '', new.ended_at / 1000.0) ON CONFLICT DO UPDATE SET value = excluded.value;
        END;
        CREATE TRIGGER tally_reprocessed AFTER INSERT ON jobs WHEN new.origin = 'reprocess' BEGIN
            INSERT INTO tallies VALUES ('videos_reprocessed', '', 1) ON CONFLICT DO UPDATE SET value = value + excluded.value;
        END;
        CREATE TRIGGER tally_video_created AFTER INSERT ON videos BEGIN
            INSERT INTO tallies VALUES ('videos_created', '', 1) ON CONFLICT DO UPDATE SET value = value + excluded.value;
        END;
        CREATE TRIGGER tally_video_trashed AFTER UPDATE OF deleted_at ON videos
            WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN
            INSERT INTO tallies VALUES (CASE WHEN new.deleted_at IS NULL THEN 'videos_restored' ELSE 'videos_deleted' END, 'soft', 1)
                ON CONFLICT DO UPDATE SET value = value + excluded.value;
        END;
        CREATE TRIGGER tally_video_removed AFTER DELETE ON videos BEGIN
            INSERT INTO tallies VALUES ('videos_deleted', 'hard', 1) ON CONFLICT DO UPDATE SET value = value + excluded.value;
        END;
        """

    /// `day` is when a video was published, or else added.
    private static let daysOfVideos = """
        ALTER TABLE videos ADD COLUMN day TEXT;
        UPDATE videos SET day = date(created_at / 1000, 'unixepoch');
        """

    /// `documents` are the texts that can be searched, `search` their index, kept in step by triggers. `video_id` of an edge is the video
    /// that tells of it.
    private static let catalogue = """
        CREATE TABLE chapters (
            video_id TEXT NOT NULL,
            start REAL NOT NULL,
            end REAL NOT NULL,
            title TEXT NOT NULL,
            PRIMARY KEY (video_id, start)
        ) WITHOUT ROWID;
        CREATE TABLE comments (
            seq INTEGER PRIMARY KEY,
            video_id TEXT NOT NULL,
            comment_id TEXT NOT NULL,
            parent_id TEXT,
            author TEXT,
            author_id TEXT,
            is_uploader INTEGER NOT NULL,
            text TEXT NOT NULL,
            at INTEGER,
            likes INTEGER,
            is_hearted INTEGER NOT NULL,
            is_pinned INTEGER NOT NULL,
            UNIQUE (video_id, comment_id)
        );
        CREATE TABLE documents (
            id INTEGER PRIMARY KEY,
            video_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            reference TEXT,
            start REAL,
            text TEXT NOT NULL
        );
        CREATE INDEX comments_in_order ON comments (video_id, seq);
        CREATE INDEX documents_of_video ON documents (video_id, kind);
        CREATE VIRTUAL TABLE search USING fts5 (
            text, content = 'documents', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2');
        CREATE TRIGGER documents_added AFTER INSERT ON documents BEGIN
            INSERT INTO search (rowid, text) VALUES (new.id, new.text);
        END;
        CREATE TRIGGER documents_removed AFTER DELETE ON documents BEGIN
            INSERT INTO search (search, rowid, text) VALUES ('delete', old.id, old.text);
        END;

        CREATE TABLE graph_nodes (
            node_id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            node_key TEXT NOT NULL,
            label TEXT NOT NULL,
            url TEXT
        ) WITHOUT ROWID;
        CREATE TABLE graph_edges (
            video_id TEXT NOT NULL,
            source TEXT NOT NULL,
            verb TEXT NOT NULL,
            target TEXT NOT NULL,
            count INTEGER,
            PRIMARY KEY (video_id, source, verb, target)
        ) WITHOUT ROWID;
        CREATE INDEX graph_edges_by_source ON graph_edges (source);
        CREATE INDEX graph_edges_by_target ON graph_edges (target);
        """

    /// What stands behind the last slash of a recording's path in its drop. SQLite has no function for it: what remains when all that
    /// ends in a slash is taken away.
    static let recordingName = "replace(jobs.recording, rtrim(jobs.recording, replace(jobs.recording, '/', '')), '')"

    private static let namesOfRecordings =
        "CREATE INDEX jobs_by_recording ON jobs (\(recordingName.replacing("jobs.", with: ""))) WHERE recording IS NOT NULL;"

    /// What is still to be told, written in the transaction of what it tells. `channel` is `command` or `webhook`.
    private static let notices = """
        CREATE TABLE notices (
            id INTEGER PRIMARY KEY,
            event TEXT NOT NULL,
            channel TEXT NOT NULL,
            body TEXT NOT NULL CHECK (json_valid(body)),
            created_at INTEGER NOT NULL,
            not_before INTEGER NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX notices_due ON notices (not_before);
        CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;
        CREATE INDEX duplicates_of_job ON duplicates (job_id);
        """

    /// `*_key` columns hold names as they are compared (NFC). `touched_by` is the control drop that moved the job last, so that
    /// a drop that is begun again after a crash does not move it twice. `turn` is the job's place in the fair order.
    private static let spoolProtocol = """
        ALTER TABLE drops ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
        ALTER TABLE drops ADD COLUMN stem_key TEXT NOT NULL DEFAULT '';
        UPDATE drops SET name_key = name, stem_key = name;
        CREATE INDEX drops_by_name ON drops (name_key) WHERE folder = 'incoming';
        CREATE INDEX drops_by_stem ON drops (stem_key) WHERE folder = 'incoming';

        ALTER TABLE jobs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE jobs ADD COLUMN address_id TEXT;
        ALTER TABLE jobs ADD COLUMN origin TEXT NOT NULL DEFAULT 'drop' CHECK (origin IN ('drop','reprocess'));
        ALTER TABLE jobs ADD COLUMN deleted_at INTEGER;
        ALTER TABLE jobs ADD COLUMN touched_by TEXT;
        ALTER TABLE jobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
        DROP INDEX jobs_in_line;
        CREATE INDEX jobs_in_line ON jobs (waiting_lane, priority, turn, created_at, seq) WHERE waiting_lane IS NOT NULL;
        DROP INDEX jobs_by_status;
        CREATE INDEX jobs_by_status ON jobs (status, seq) WHERE deleted_at IS NULL;
        CREATE INDEX jobs_by_address ON jobs (address_id) WHERE address_id IS NOT NULL;
        CREATE INDEX jobs_by_site_id ON jobs (substr(video_id, instr(video_id, '-') + 1)) WHERE video_id IS NOT NULL;

        -- Links in a drop that were there already: they point to an earlier job.
        CREATE TABLE duplicates (
            drop_id TEXT NOT NULL REFERENCES drops (drop_id),
            ordinal INTEGER NOT NULL,
            job_id TEXT NOT NULL,
            video_id TEXT,
            PRIMARY KEY (drop_id, ordinal)
        ) WITHOUT ROWID;

        CREATE TABLE videos (
            video_id TEXT PRIMARY KEY,
            address_id TEXT,
            job_id TEXT NOT NULL,
            title TEXT NOT NULL,
            user_id TEXT NOT NULL,
            edits TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(edits)),
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            deleted_at INTEGER,
            deleted_by TEXT,
            CHECK ((deleted_at IS NULL) = (deleted_by IS NULL))
        ) WITHOUT ROWID;
        CREATE INDEX videos_by_address ON videos (address_id) WHERE address_id IS NOT NULL;
        CREATE INDEX videos_by_site_id ON videos (substr(video_id, instr(video_id, '-') + 1));
        CREATE INDEX videos_deleted ON videos (deleted_at) WHERE deleted_at IS NOT NULL;

        -- The copies in results/, by their path below it.
        CREATE TABLE results (
            path TEXT PRIMARY KEY,
            video_id TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX results_of_video ON results (video_id);

        -- Hard deletions that have begun and not ended.
        CREATE TABLE removals (
            subject TEXT PRIMARY KEY,
            is_video INTEGER NOT NULL CHECK (is_video IN (0, 1)),
            requested_by TEXT NOT NULL,
            requested_at INTEGER NOT NULL,
            step TEXT
        ) WITHOUT ROWID;

        -- Start-time fair queueing inside each priority: the turn that is served, and the next turn of each user's drops.
        CREATE TABLE fair_clock (
            priority INTEGER PRIMARY KEY,
            turn INTEGER NOT NULL
        );
        CREATE TABLE fair_flows (
            priority INTEGER NOT NULL,
            user_id TEXT NOT NULL,
            drop_id TEXT NOT NULL,
            next INTEGER NOT NULL,
            PRIMARY KEY (priority, user_id, drop_id)
        ) WITHOUT ROWID;
        """
}
