BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('8c1f0d2e7a55');
CREATE TABLE attachment (
	item_id INTEGER NOT NULL, 
	slot VARCHAR(50) NOT NULL, 
	media_file_id INTEGER, 
	upload_id INTEGER, 
	CONSTRAINT pk_attachment PRIMARY KEY (item_id, slot), 
	CONSTRAINT fk_attachment_item_id_content_item FOREIGN KEY(item_id) REFERENCES content_item (id) ON DELETE CASCADE, 
	CONSTRAINT fk_attachment_media_file_id_media_file FOREIGN KEY(media_file_id) REFERENCES media_file (id) ON DELETE RESTRICT, 
	CONSTRAINT fk_attachment_upload_id_upload FOREIGN KEY(upload_id) REFERENCES upload (id) ON DELETE SET NULL
);
INSERT INTO "attachment" VALUES(3,'video',1,1);
INSERT INTO "attachment" VALUES(4,'video',1,2);
INSERT INTO "attachment" VALUES(5,'subtitles',2,3);
INSERT INTO "attachment" VALUES(6,'video',NULL,4);
INSERT INTO "attachment" VALUES(7,'audio',NULL,5);
INSERT INTO "attachment" VALUES(8,'audio',NULL,6);
INSERT INTO "attachment" VALUES(9,'audio',NULL,7);
INSERT INTO "attachment" VALUES(11,'video',NULL,9);
INSERT INTO "attachment" VALUES(12,'video',NULL,10);
INSERT INTO "attachment" VALUES(13,'audio',NULL,11);
CREATE TABLE audio (
	audio_url VARCHAR(2000), 
	text TEXT DEFAULT '' NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_audio PRIMARY KEY (id), 
	CONSTRAINT fk_audio_id_content_item FOREIGN KEY(id) REFERENCES content_item (id) ON DELETE CASCADE
);
INSERT INTO "audio" VALUES(NULL,'',7);
INSERT INTO "audio" VALUES(NULL,'',8);
INSERT INTO "audio" VALUES(NULL,'',9);
INSERT INTO "audio" VALUES(NULL,'',13);
CREATE TABLE content_item (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	page_id INTEGER NOT NULL, 
	content_type VARCHAR(50) NOT NULL, 
	"order" INTEGER DEFAULT '0' NOT NULL, 
	is_active BOOLEAN DEFAULT 1 NOT NULL, 
	counter BIGINT DEFAULT '0' NOT NULL, 
	title VARCHAR(255) NOT NULL, 
	title_key VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT fk_content_item_page_id_page FOREIGN KEY(page_id) REFERENCES page (id) ON DELETE CASCADE
);
INSERT INTO "content_item" VALUES(1,1,'text',1,1,9,'Text 1','text 1','2026-11-27 05:23:02.217697','2026-11-27 05:23:02.217703');
INSERT INTO "content_item" VALUES(2,1,'text',2,1,9,'Text 2','text 2','2026-11-27 05:23:02.223827','2026-11-27 05:23:02.223831');
INSERT INTO "content_item" VALUES(3,3,'video',0,1,0,'stored.mp4','stored.mp4','2026-11-27 05:23:02.412002','2026-11-27 05:23:02.412006');
INSERT INTO "content_item" VALUES(4,3,'video',0,1,0,'duplicate.mp4','duplicate.mp4','2026-11-27 05:23:02.506029','2026-11-27 05:23:02.506031');
INSERT INTO "content_item" VALUES(5,3,'video',0,1,0,'stored.srt','stored.srt','2026-11-27 05:23:02.555649','2026-11-27 05:23:02.555652');
INSERT INTO "content_item" VALUES(6,3,'video',0,1,0,'refused.mp4','refused.mp4','2026-11-27 05:23:02.613150','2026-11-27 05:23:02.613152');
INSERT INTO "content_item" VALUES(7,3,'audio',0,1,0,'given-up.mp3','given-up.mp3','2026-11-27 05:23:02.645931','2026-11-27 05:23:02.645934');
INSERT INTO "content_item" VALUES(8,3,'audio',0,1,0,'resting.m4a','resting.m4a','2026-11-27 05:23:02.725548','2026-11-27 05:23:02.725551');
INSERT INTO "content_item" VALUES(9,3,'audio',0,1,0,'unsent.ogg','unsent.ogg','2026-11-27 05:23:02.731725','2026-11-27 05:23:02.731728');
INSERT INTO "content_item" VALUES(11,3,'video',0,1,0,'same-bytes.mp4','same-bytes.mp4','2026-11-27 05:23:02.746678','2026-11-27 05:23:02.746681');
INSERT INTO "content_item" VALUES(12,3,'video',0,1,0,'taken.webm','taken.webm','2026-11-27 05:23:02.800364','2026-11-27 05:23:02.800367');
INSERT INTO "content_item" VALUES(13,3,'audio',0,1,0,'sent.flac','sent.flac','2026-11-27 05:23:02.834654','2026-11-27 05:23:02.834658');
CREATE TABLE day_views (
	item_id INTEGER NOT NULL, 
	day DATE NOT NULL, 
	count BIGINT NOT NULL, 
	CONSTRAINT pk_day_views PRIMARY KEY (item_id, day), 
	CONSTRAINT fk_day_views_item_id_content_item FOREIGN KEY(item_id) REFERENCES content_item (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "day_views" VALUES(1,'2026-11-27',9);
INSERT INTO "day_views" VALUES(2,'2026-11-27',9);
CREATE TABLE media_file (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	digest VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	mime_type VARCHAR(100) NOT NULL, 
	path VARCHAR(500) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, verified_at DATETIME, fault VARCHAR(20), unreferenced_since DATETIME, 
	CONSTRAINT uq_media_file_digest UNIQUE (digest), 
	CONSTRAINT uq_media_file_path UNIQUE (path)
);
INSERT INTO "media_file" VALUES(1,'cf9602e2001d5b853decc2c922f09be5650a155f17067cafc28379329d342a38',1973,'video/mp4','2026/11/27/video/stored-cf9602e2001d.mp4','2026-11-27 05:23:02.469817','2026-11-27 05:23:02.469820',NULL,NULL,NULL);
INSERT INTO "media_file" VALUES(2,'81f12a40c57bab2606278be616df08ee7eba65f434a930c553af0f1c1be4215c',108,'text/vtt','2026/11/27/video/stored-81f12a40c57b.vtt','2026-11-27 05:23:02.581682','2026-11-27 05:23:02.581684',NULL,NULL,NULL);
CREATE TABLE page (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	title VARCHAR(255) NOT NULL, 
	slug VARCHAR(255) NOT NULL, 
	text TEXT DEFAULT '' NOT NULL, 
	is_published BOOLEAN DEFAULT 0 NOT NULL, 
	title_key VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT uq_page_slug UNIQUE (slug), 
	CONSTRAINT uq_page_title UNIQUE (title)
);
INSERT INTO "page" VALUES(1,'Before the update','before','Kept *as it was*.',1,'before the update','2026-11-27 05:23:02.204833','2026-11-27 05:23:02.204841');
INSERT INTO "page" VALUES(2,'A draft','draft','',0,'a draft','2026-11-27 05:23:02.405414','2026-11-27 05:23:02.405417');
INSERT INTO "page" VALUES(3,'Uploads','uploads','',1,'uploads','2026-11-27 05:23:02.406313','2026-11-27 05:23:02.406316');
CREATE TABLE published_block (
	block INTEGER NOT NULL, 
	pages INTEGER NOT NULL, 
	CONSTRAINT pk_published_block PRIMARY KEY (block)
);
INSERT INTO "published_block" VALUES(0,2);
CREATE TABLE text (
	text TEXT DEFAULT '' NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_text PRIMARY KEY (id), 
	CONSTRAINT fk_text_id_content_item FOREIGN KEY(id) REFERENCES content_item (id) ON DELETE CASCADE
);
INSERT INTO "text" VALUES('Text number 1.',1);
INSERT INTO "text" VALUES('Text number 2.',2);
CREATE TABLE unanswered_count (
	caller VARCHAR(32) NOT NULL, 
	call BIGINT NOT NULL, 
	items JSON NOT NULL, 
	asked_at DATETIME NOT NULL, 
	CONSTRAINT pk_unanswered_count PRIMARY KEY (caller)
);
INSERT INTO "unanswered_count" VALUES('3f81843b31abe374cd6cda56463d040c',23,'[1, 2]','2026-11-27 05:23:02.956750');
INSERT INTO "unanswered_count" VALUES('00000000000000000000000000000000',7,'[1, 2]','2026-11-27 05:23:02.956753');
CREATE TABLE upload (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	item_id INTEGER, 
	kind VARCHAR(50) NOT NULL, 
	slot VARCHAR(50) NOT NULL, 
	filename VARCHAR(255) NOT NULL, 
	size BIGINT NOT NULL, 
	staged_name VARCHAR(100), 
	status VARCHAR(20) NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	reason VARCHAR(500), 
	reason_values JSON, 
	can_retry BOOLEAN DEFAULT 0 NOT NULL, 
	next_send_at DATETIME, 
	lease_token VARCHAR(32), 
	lease_until DATETIME, 
	media_file_id INTEGER, 
	was_folded BOOLEAN, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT fk_upload_item_id_content_item FOREIGN KEY(item_id) REFERENCES content_item (id) ON DELETE SET NULL, 
	CONSTRAINT fk_upload_media_file_id_media_file FOREIGN KEY(media_file_id) REFERENCES media_file (id) ON DELETE SET NULL
);
INSERT INTO "upload" VALUES(1,3,'video','video','stored.mp4',1973,'34279cbf628a2cd33cd80daf7fa18339','completed',1,NULL,NULL,0,NULL,NULL,NULL,1,0,'2026-11-27 05:23:02.415995','2026-11-27 05:23:02.490438');
INSERT INTO "upload" VALUES(2,4,'video','video','duplicate.mp4',1973,'b6fc3c014a9a65e20fc0b9aa8adfe895','completed',1,NULL,NULL,0,NULL,NULL,NULL,1,1,'2026-11-27 05:23:02.518145','2026-11-27 05:23:02.545687');
INSERT INTO "upload" VALUES(3,5,'video','subtitles','stored.srt',100,'f236ba896c184d97d81ed058d3134112','completed',1,NULL,NULL,0,NULL,NULL,NULL,2,0,'2026-11-27 05:23:02.556824','2026-11-27 05:23:02.599479');
INSERT INTO "upload" VALUES(4,6,'video','video','refused.mp4',40,'7df82ff683fd7e4e4a4b80d094e5a2b4','failed',1,'The file''s contents are not of a type that is understood, whatever its name says.','{}',0,NULL,NULL,NULL,NULL,NULL,'2026-11-27 05:23:02.614230','2026-11-27 05:23:02.644101');
INSERT INTO "upload" VALUES(5,7,'audio','audio','given-up.mp3',4461,'9d99e4e96c553b42e918977facba88fb','failed',5,'Something went wrong while the file was being stored.','{}',1,NULL,NULL,NULL,NULL,NULL,'2026-11-27 05:23:02.651765','2026-11-27 05:23:02.724633');
INSERT INTO "upload" VALUES(6,8,'audio','audio','resting.m4a',5541,'8f274d94dcf370ed4c9173cbee526f3a','pending',1,'Something went wrong while the file was being stored.','{}',0,'2026-11-27 05:23:07.730598',NULL,'2026-11-27 05:23:07.730598',NULL,NULL,'2026-11-27 05:23:02.726827','2026-11-27 05:23:02.730751');
INSERT INTO "upload" VALUES(7,9,'audio','audio','unsent.ogg',7516,'5f74ebbca37451d1555cdae56c83cadf','pending',0,NULL,NULL,0,'2026-11-27 05:23:32.734832',NULL,NULL,NULL,NULL,'2026-11-27 05:23:02.735180','2026-11-27 05:23:02.735183');
INSERT INTO "upload" VALUES(8,NULL,'audio','audio','item-deleted.ogg',7516,'f1241d0e91e89198e38cb8da37e8dd28','pending',0,NULL,NULL,0,'2026-11-27 05:23:32.739781',NULL,NULL,NULL,NULL,'2026-11-27 05:23:02.739992','2026-11-27 05:23:02.739993');
INSERT INTO "upload" VALUES(9,11,'video','video','same-bytes.mp4',1973,'85452173f9b86878fb19ef7687b4d389','pending',0,NULL,NULL,0,'2026-11-27 05:23:32.747604',NULL,NULL,NULL,NULL,'2026-11-27 05:23:02.747813','2026-11-27 05:23:02.747814');
INSERT INTO "upload" VALUES(10,12,'video','video','taken.webm',882,'d6638656141da4afffd32f0f71555871','processing',1,NULL,NULL,0,'2026-11-27 05:23:32.801464','0325a0e7228af5aee30e20c099342f6c','2026-11-27 05:24:02.838256',NULL,NULL,'2026-11-27 05:23:02.801711','2026-11-27 05:23:02.838256');
INSERT INTO "upload" VALUES(11,13,'audio','audio','sent.flac',25239,'0e85551bd588b5ae68384834d0d964cc','pending',0,NULL,NULL,0,'2026-11-27 05:23:32.835817',NULL,NULL,NULL,NULL,'2026-11-27 05:23:02.836055','2026-11-27 05:23:02.836057');
CREATE TABLE user (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	email VARCHAR(255) NOT NULL, 
	password_hash VARCHAR(255) NOT NULL, 
	is_active BOOLEAN DEFAULT 1 NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT uq_user_email UNIQUE (email)
);
INSERT INTO "user" VALUES(1,'admin@example.com','$argon2id$v=19$m=65536,t=3,p=4$gly5q2VThizbocbOWaQu5Q$9qQJw70fLbuIELyspq4X8LgoZHXTJc+P7hCthz2rcbY',1,'2026-11-27 05:23:01.830915','2026-11-27 05:23:01.830923');
CREATE TABLE video (
	video_url VARCHAR(2000), 
	subtitles_url VARCHAR(2000), 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_video PRIMARY KEY (id), 
	CONSTRAINT fk_video_id_content_item FOREIGN KEY(id) REFERENCES content_item (id) ON DELETE CASCADE
);
INSERT INTO "video" VALUES(NULL,NULL,3);
INSERT INTO "video" VALUES(NULL,NULL,4);
INSERT INTO "video" VALUES(NULL,NULL,5);
INSERT INTO "video" VALUES(NULL,NULL,6);
INSERT INTO "video" VALUES(NULL,NULL,11);
INSERT INTO "video" VALUES(NULL,NULL,12);
CREATE TABLE view_batch (
	id VARCHAR(32) NOT NULL, 
	views BIGINT NOT NULL, 
	applied_at DATETIME NOT NULL, 
	CONSTRAINT pk_view_batch PRIMARY KEY (id)
);
INSERT INTO "view_batch" VALUES('e374cd6cda56463d040c-3',10,'2026-11-27 05:23:02.388612');
INSERT INTO "view_batch" VALUES('e374cd6cda56463d040c-9',8,'2026-11-27 05:23:02.400051');
CREATE INDEX ix_page_title_key ON page (title_key);
CREATE INDEX ix_view_batch_applied_at ON view_batch (applied_at);
CREATE INDEX ix_content_item_page ON content_item (page_id, "order", id);
CREATE INDEX ix_content_item_title_key ON content_item (title_key);
CREATE INDEX ix_upload_item_id ON upload (item_id);
CREATE INDEX ix_upload_media_file_id ON upload (media_file_id);
CREATE INDEX ix_upload_staged_name ON upload (staged_name);
CREATE INDEX ix_upload_status ON upload (status, id);
CREATE INDEX ix_attachment_media_file_id ON attachment (media_file_id);
CREATE INDEX ix_attachment_upload_id ON attachment (upload_id);
CREATE INDEX ix_media_file_unreferenced_since ON media_file (unreferenced_since);
CREATE INDEX ix_media_file_verified_at ON media_file (verified_at);
CREATE INDEX ix_page_published ON page (is_published, id);
CREATE TRIGGER page_made AFTER INSERT ON page FOR EACH ROW WHEN (NEW.is_published) BEGIN INSERT INTO published_block (block, pages) VALUES (NEW.id / 1000, 1) ON CONFLICT (block) DO UPDATE SET pages = published_block.pages + 1; END;
CREATE TRIGGER page_deleted AFTER DELETE ON page FOR EACH ROW WHEN (OLD.is_published) BEGIN UPDATE published_block SET pages = pages - 1 WHERE block = OLD.id / 1000; END;
CREATE TRIGGER page_published AFTER UPDATE OF is_published ON page FOR EACH ROW WHEN (NEW.is_published AND NOT OLD.is_published) BEGIN INSERT INTO published_block (block, pages) VALUES (NEW.id / 1000, 1) ON CONFLICT (block) DO UPDATE SET pages = published_block.pages + 1; END;
CREATE TRIGGER page_withdrawn AFTER UPDATE OF is_published ON page FOR EACH ROW WHEN (OLD.is_published AND NOT NEW.is_published) BEGIN UPDATE published_block SET pages = pages - 1 WHERE block = NEW.id / 1000; END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('user',1);
INSERT INTO "sqlite_sequence" VALUES('page',3);
INSERT INTO "sqlite_sequence" VALUES('content_item',13);
INSERT INTO "sqlite_sequence" VALUES('upload',11);
INSERT INTO "sqlite_sequence" VALUES('media_file',2);
COMMIT;
