BEGIN TRANSACTION;
CREATE TABLE accounts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	email VARCHAR(254) NOT NULL, 
	username VARCHAR(254), 
	first_name VARCHAR(32) NOT NULL, 
	last_name VARCHAR(64) NOT NULL, 
	timezone VARCHAR(64) NOT NULL, 
	profile TEXT NOT NULL, 
	suspended BOOLEAN NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	CONSTRAINT uq_accounts_email UNIQUE (email), 
	CONSTRAINT uq_accounts_username UNIQUE (username)
);
INSERT INTO "accounts" VALUES(1,'keeper@example.com','keeper','Keeper','Keeper','UTC','{}',0,'2026-11-22T01:11:30.741639Z','2026-11-22T01:11:30.741639Z');
INSERT INTO "accounts" VALUES(2,'bot-01a200ceecba1a6cf18f07fd644e98d5@procession.invalid',NULL,'Procession','Bot','UTC','{}',0,'2026-11-22T01:11:30.741639Z','2026-11-22T01:11:30.741639Z');
INSERT INTO "accounts" VALUES(3,'bo@example.com','bo','Bo','Bo','UTC','{}',0,'2026-11-22T01:11:33.008014Z','2026-11-22T01:11:33.008014Z');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE answers (
	organization_id VARCHAR(32) NOT NULL, 
	holder_id VARCHAR(32) NOT NULL, 
	field_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	process_id VARCHAR(32), 
	value TEXT NOT NULL, 
	answered_by VARCHAR(40) NOT NULL, 
	answered_at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_answers PRIMARY KEY (organization_id, holder_id, field_id)
)
 WITHOUT ROWID

;
INSERT INTO "answers" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff4e05664ad565e935b2c3f8','01a200ceff386a4a4c5ada8f549da2ed','01a200ceff510cca4f14fe04a5a0d033','01a200ceff4e05664ad565e935b2c3f8','"Globex"','u1','2026-11-22T01:11:35.497729Z');
INSERT INTO "answers" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff517d5ffa1b90ff3b7a8b19','01a200ceff3813ce264cf7f129f742ed','01a200ceff6ae67ec5408020dbf2fe47','01a200ceff4e05664ad565e935b2c3f8','{"id":2,"text":"High"}','u1','2026-11-22T01:11:35.525834Z');
INSERT INTO "answers" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff517d5ffa1b90ff3b7a8b19','01a200ceff387fc89b6095288fc433ec','01a200ceff6a2b8841f07dab42df6dd2','01a200ceff4e05664ad565e935b2c3f8','"Clause 4 of Globex"','u1','2026-11-22T01:11:35.525834Z');
INSERT INTO "answers" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff718cc14a47749c08fe9e86','01a200ceff386a4a4c5ada8f549da2ed','01a200ceff712731583ae47d0a5dbceb','01a200ceff718cc14a47749c08fe9e86','"Initech"','u1','2026-11-22T01:11:35.536568Z');
INSERT INTO "answers" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff71a873360387d044134425','01a200ceff3813ce264cf7f129f742ed','01a200ceff7949887b85f220e018ba13','01a200ceff718cc14a47749c08fe9e86','{"id":2,"text":"High"}','u1','2026-11-22T01:11:35.544314Z');
INSERT INTO "answers" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff71a873360387d044134425','01a200ceff387fc89b6095288fc433ec','01a200ceff794c7aa392f26bafc4d059','01a200ceff718cc14a47749c08fe9e86','"Clause 4 of Initech"','u1','2026-11-22T01:11:35.544314Z');
CREATE TABLE assignments (
	organization_id VARCHAR(32) NOT NULL, 
	task_id VARCHAR(32) NOT NULL, 
	principal VARCHAR(40) NOT NULL, 
	address VARCHAR(254), 
	position INTEGER NOT NULL, 
	co_assignee BOOLEAN NOT NULL, 
	open BOOLEAN NOT NULL, 
	number INTEGER NOT NULL, 
	deadline VARCHAR(27), 
	CONSTRAINT pk_assignments PRIMARY KEY (organization_id, task_id, principal)
)
 WITHOUT ROWID

;
INSERT INTO "assignments" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff517d5ffa1b90ff3b7a8b19','e1','counsel@lawfirm.example',2,0,0,1,'2026-11-24T01:11:35.000000Z');
INSERT INTO "assignments" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff517d5ffa1b90ff3b7a8b19','g01a200ceff472aa476b236a847531c96',NULL,3,0,0,1,'2026-11-24T01:11:35.000000Z');
INSERT INTO "assignments" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff517d5ffa1b90ff3b7a8b19','u1',NULL,1,0,0,1,'2026-11-24T01:11:35.000000Z');
INSERT INTO "assignments" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff51a0a4fc9e6ea38627ce3a','u1',NULL,1,0,1,2,'2026-11-27T01:11:35.000000Z');
INSERT INTO "assignments" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff71a873360387d044134425','e1','counsel@lawfirm.example',2,0,0,3,'2026-11-24T01:11:35.000000Z');
INSERT INTO "assignments" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff71a873360387d044134425','g01a200ceff472aa476b236a847531c96',NULL,3,0,0,3,'2026-11-24T01:11:35.000000Z');
INSERT INTO "assignments" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff71a873360387d044134425','u1',NULL,1,0,0,3,'2026-11-24T01:11:35.000000Z');
INSERT INTO "assignments" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff71df44d47defee880a6814','u1',NULL,1,0,0,4,'2026-11-27T01:11:35.000000Z');
CREATE TABLE completion_marks (
	organization_id VARCHAR(32) NOT NULL, 
	task_id VARCHAR(32) NOT NULL, 
	principal VARCHAR(40) NOT NULL, 
	address VARCHAR(254), 
	at VARCHAR(27) NOT NULL, 
	approved BOOLEAN, 
	CONSTRAINT pk_completion_marks PRIMARY KEY (organization_id, task_id, principal)
)
 WITHOUT ROWID

;
CREATE TABLE counters (
	organization_id VARCHAR(32) NOT NULL, 
	kind VARCHAR(30) NOT NULL, 
	value INTEGER NOT NULL, 
	CONSTRAINT pk_counters PRIMARY KEY (organization_id, kind)
)
 WITHOUT ROWID

;
INSERT INTO "counters" VALUES('01a200ceecba1a6cf18f07fd644e98d5','field_no',3);
INSERT INTO "counters" VALUES('01a200ceecba1a6cf18f07fd644e98d5','increment_id',1);
INSERT INTO "counters" VALUES('01a200ceecba1a6cf18f07fd644e98d5','process',2);
INSERT INTO "counters" VALUES('01a200ceecba1a6cf18f07fd644e98d5','task',4);
CREATE TABLE event_seals (
	organization_id VARCHAR(32) NOT NULL, 
	last_event_id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	sealed INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_event_seals PRIMARY KEY (organization_id)
)
 WITHOUT ROWID

;
INSERT INTO "event_seals" VALUES('01a200ceecba1a6cf18f07fd644e98d5',24,'8d4ae97cb6ba55dbc367a2da873aa11f6aecb3ab62905a8e3c6fc7ba68e9320e',24,'2026-11-22T01:11:36.451515Z');
CREATE TABLE events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id VARCHAR(32) NOT NULL, 
	command_id VARCHAR(32) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	verb VARCHAR(30) NOT NULL, 
	subject_kind VARCHAR(20) NOT NULL, 
	subject_id VARCHAR(64) NOT NULL, 
	process_id VARCHAR(32), 
	field VARCHAR(700), 
	old TEXT, 
	new TEXT, 
	actor VARCHAR(40) NOT NULL, 
	client VARCHAR(64), 
	shown BOOLEAN NOT NULL
);
INSERT INTO "events" VALUES(1,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceecb737f6aeb63dc98297fef9','2026-11-22T01:11:30.741639Z','organization.created','created','organization','organization',NULL,NULL,NULL,'{"name":"Kept Lights"}','system',NULL,1);
INSERT INTO "events" VALUES(2,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceecb737f6aeb63dc98297fef9','2026-11-22T01:11:30.741639Z','member.created','created','member','1',NULL,NULL,NULL,'{"role":"admin"}','system',NULL,1);
INSERT INTO "events" VALUES(3,'01a200ceecba1a6cf18f07fd644e98d5','01a200cef5908ae2116498f7e9e7d67c','2026-11-22T01:11:33.008014Z','member.created','created','member','3',NULL,NULL,NULL,'{"role":"light"}','system',NULL,1);
INSERT INTO "events" VALUES(4,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff35582208bfa9ed632d9c7d','2026-11-22T01:11:35.477116Z','template.created','created','template','01a200ceff39c890d2773e768a656185',NULL,NULL,NULL,'{"title":"Contract review","kind":"procedure","document":{"title":"Contract review","kind":"procedure","kickoff":[{"id":"01a200ceff386a4a4c5ada8f549da2ed","label":"Client","kind":"text","alias":"client-1541","required":true,"number":3,"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"}],"steps":[{"id":"01a200ceff389df679c8e1f9d61bc9d0","title":"Read it","alias":"read-it-8897","position":1,"deadline":{"value":2,"unit":"days","option":"from","step":"start_run"},"start":{"value":2,"unit":"hours"},"fields":[{"id":"01a200ceff387fc89b6095288fc433ec","label":"Notes","kind":"text","alias":"notes-3497","required":true,"number":1,"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"},{"id":"01a200ceff3813ce264cf7f129f742ed","label":"Risk","kind":"dropdown","alias":"risk-7570","position":2,"options":[{"id":1,"text":"Low","required":false,"selected":false},{"id":2,"text":"High","required":false,"selected":false}],"number":2,"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"}],"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"},{"id":"01a200ceff38257243902518ba1fea3c","title":"Sign","alias":"sign-7195","position":2,"start":{"value":2,"unit":"hours"},"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"}]}}','u1',NULL,1);
INSERT INTO "events" VALUES(5,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff3f87279e9e9cad66373748','2026-11-22T01:11:35.487931Z','tag.created','created','tag','01a200ceff40b102ac6f63f2c4dbcd43',NULL,NULL,NULL,'{"title":"Grüße","color":"#66aa00","automatic":false}','u1',NULL,1);
INSERT INTO "events" VALUES(6,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff423fd415adae13bc6ef12e','2026-11-22T01:11:35.490876Z','folder.created','created','folder','01a200ceff4300c51f0fc24c0808dd66',NULL,NULL,NULL,'{"name":"Clients","kind":"process","parent_id":null}','u1',NULL,0);
INSERT INTO "events" VALUES(7,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff46f830fb9621e6908f3232','2026-11-22T01:11:35.494327Z','group.created','created','group','01a200ceff472aa476b236a847531c96',NULL,NULL,NULL,'{"name":"Legal","members":[3],"guests":[]}','u1',NULL,1);
INSERT INTO "events" VALUES(8,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff491019dc1766828e20f2cf','2026-11-22T01:11:35.497729Z','task.created','created','task','01a200ceff517d5ffa1b90ff3b7a8b19','01a200ceff4e05664ad565e935b2c3f8',NULL,NULL,'{"task":{"id":"01a200ceff517d5ffa1b90ff3b7a8b19","number":1,"process_id":"01a200ceff4e05664ad565e935b2c3f8","template_id":"01a200ceff39c890d2773e768a656185","version_id":"01a200ceff398ce9887f852f5bcf5c63","step_id":"01a200ceff389df679c8e1f9d61bc9d0","linked_step_id":null,"oneoff":false,"title":"Read it","summary":null,"summary_edited":false,"has_variables":false,"alias":"read-it-8897","stage_id":null,"kind":"task","status":"not-started","hidden_from":null,"visibility_source":null,"approved":null,"position":1,"template_position":1,"started_at":null,"soft_start":true,"deadline":"2026-11-24T01:11:35Z","deadline_rule":{"value":2,"unit":"days","option":"from","step":"start_run"},"deadline_projected":false,"dated_by_hand":false,"anchors_others":false,"starter_id":1,"completed_at":null,"completer":null,"completer_email":null,"completion_caller":null,"reopened_at":null,"reopener":null,"everyone_must_complete":false,"only_assignees_complete":false,"guests_allowed":true,"max_assignable":0,"guests_may_not_comment":false,"confidential":false,"webhook":null,"has_issue":false,"chromeless":false,"own_fields":null,"created_at":"2026-11-22T01:11:35.497729Z","updated_at":"2026-11-22T01:11:35.497729Z","archived_at":null,"archived_with_process":false,"revision":1},"assigned":[{"principal":"u1","address":null,"position":1,"co_assignee":false}]}','u1',NULL,0);
INSERT INTO "events" VALUES(9,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff491019dc1766828e20f2cf','2026-11-22T01:11:35.497729Z','task.created','created','task','01a200ceff51a0a4fc9e6ea38627ce3a','01a200ceff4e05664ad565e935b2c3f8',NULL,NULL,'{"task":{"id":"01a200ceff51a0a4fc9e6ea38627ce3a","number":2,"process_id":"01a200ceff4e05664ad565e935b2c3f8","template_id":"01a200ceff39c890d2773e768a656185","version_id":"01a200ceff398ce9887f852f5bcf5c63","step_id":"01a200ceff38257243902518ba1fea3c","linked_step_id":null,"oneoff":false,"title":"Sign","summary":null,"summary_edited":false,"has_variables":false,"alias":"sign-7195","stage_id":null,"kind":"task","status":"not-started","hidden_from":null,"visibility_source":null,"approved":null,"position":2,"template_position":2,"started_at":null,"soft_start":true,"deadline":"2026-11-27T01:11:35Z","deadline_rule":null,"deadline_projected":false,"dated_by_hand":false,"anchors_others":false,"starter_id":1,"completed_at":null,"completer":null,"completer_email":null,"completion_caller":null,"reopened_at":null,"reopener":null,"everyone_must_complete":false,"only_assignees_complete":false,"guests_allowed":true,"max_assignable":0,"guests_may_not_comment":false,"confidential":false,"webhook":null,"has_issue":false,"chromeless":false,"own_fields":null,"created_at":"2026-11-22T01:11:35.497729Z","updated_at":"2026-11-22T01:11:35.497729Z","archived_at":null,"archived_with_process":false,"revision":1},"assigned":[{"principal":"u1","address":null,"position":1,"co_assignee":false}]}','u1',NULL,0);
INSERT INTO "events" VALUES(10,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff491019dc1766828e20f2cf','2026-11-22T01:11:35.497729Z','process.created','created','process','01a200ceff4e05664ad565e935b2c3f8','01a200ceff4e05664ad565e935b2c3f8',NULL,NULL,'{"process":{"id":"01a200ceff4e05664ad565e935b2c3f8","number":1,"template_id":"01a200ceff39c890d2773e768a656185","template_title":"Contract review","version_id":"01a200ceff398ce9887f852f5bcf5c63","version_number":1,"kind":"procedure","name":"Contract with Globex","summary":"","status":"active","visible_tasks":2,"done_tasks":0,"all_tasks":2,"task_issues":0,"process_issues":0,"next_deadline":"2026-11-24T01:11:35Z","last_deadline":"2026-11-27T01:11:35Z","late_done":0,"starter_id":1,"owner_id":1,"members":[3],"groups":[],"assign_someone_else":true,"adhoc_tasks":true,"public":false,"publicly_hidden":[],"parent_id":null,"origin":{"type":null,"id":null,"via":"api"},"read_audience":{"principals":[]},"metadata":null,"kickoff_fields":1,"kickoff_completed_at":"2026-11-22T01:11:35.497729Z","kickoff_completed_by":1,"kickoff_guest":null,"created_at":"2026-11-22T01:11:35.497729Z","started_at":"2026-11-22T01:11:35.497729Z","updated_at":"2026-11-22T01:11:35.497729Z","completed_at":null,"archived_at":null,"revision":1},"answers":{"01a200ceff386a4a4c5ada8f549da2ed":"Globex"},"steps":2}','u1',NULL,1);
INSERT INTO "events" VALUES(11,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff6582ff2a7e04581190f3e1','2026-11-22T01:11:35.525834Z','guest.created','created','guest','1',NULL,NULL,NULL,'{"email":"counsel@lawfirm.example"}','u1',NULL,1);
INSERT INTO "events" VALUES(12,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff6582ff2a7e04581190f3e1','2026-11-22T01:11:35.525834Z','task.updated','updated','task','01a200ceff517d5ffa1b90ff3b7a8b19','01a200ceff4e05664ad565e935b2c3f8','status','"not-started"','"active"','u1',NULL,1);
INSERT INTO "events" VALUES(13,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff6582ff2a7e04581190f3e1','2026-11-22T01:11:35.525834Z','task.owners_updated','owners-updated','task','01a200ceff517d5ffa1b90ff3b7a8b19','01a200ceff4e05664ad565e935b2c3f8','owners','{"members":[1],"guests":[],"groups":[]}','{"members":[1],"guests":["counsel@lawfirm.example"],"groups":["01a200ceff472aa476b236a847531c96"]}','u1',NULL,1);
INSERT INTO "events" VALUES(14,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff6582ff2a7e04581190f3e1','2026-11-22T01:11:35.525834Z','task.answered','updated','task','01a200ceff517d5ffa1b90ff3b7a8b19','01a200ceff4e05664ad565e935b2c3f8','Notes','{"field_id":"01a200ceff387fc89b6095288fc433ec","value":null}','{"field_id":"01a200ceff387fc89b6095288fc433ec","value":"Clause 4 of Globex"}','u1',NULL,1);
INSERT INTO "events" VALUES(15,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff6582ff2a7e04581190f3e1','2026-11-22T01:11:35.525834Z','task.answered','updated','task','01a200ceff517d5ffa1b90ff3b7a8b19','01a200ceff4e05664ad565e935b2c3f8','Risk','{"field_id":"01a200ceff3813ce264cf7f129f742ed","value":null}','{"field_id":"01a200ceff3813ce264cf7f129f742ed","value":{"id":2,"text":"High"}}','u1',NULL,1);
INSERT INTO "events" VALUES(16,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff708f626225d1404e2bbb58','2026-11-22T01:11:35.536568Z','task.created','created','task','01a200ceff71a873360387d044134425','01a200ceff718cc14a47749c08fe9e86',NULL,NULL,'{"task":{"id":"01a200ceff71a873360387d044134425","number":3,"process_id":"01a200ceff718cc14a47749c08fe9e86","template_id":"01a200ceff39c890d2773e768a656185","version_id":"01a200ceff398ce9887f852f5bcf5c63","step_id":"01a200ceff389df679c8e1f9d61bc9d0","linked_step_id":null,"oneoff":false,"title":"Read it","summary":null,"summary_edited":false,"has_variables":false,"alias":"read-it-8897","stage_id":null,"kind":"task","status":"not-started","hidden_from":null,"visibility_source":null,"approved":null,"position":1,"template_position":1,"started_at":null,"soft_start":true,"deadline":"2026-11-24T01:11:35Z","deadline_rule":{"value":2,"unit":"days","option":"from","step":"start_run"},"deadline_projected":false,"dated_by_hand":false,"anchors_others":false,"starter_id":1,"completed_at":null,"completer":null,"completer_email":null,"completion_caller":null,"reopened_at":null,"reopener":null,"everyone_must_complete":false,"only_assignees_complete":false,"guests_allowed":true,"max_assignable":0,"guests_may_not_comment":false,"confidential":false,"webhook":null,"has_issue":false,"chromeless":false,"own_fields":null,"created_at":"2026-11-22T01:11:35.536568Z","updated_at":"2026-11-22T01:11:35.536568Z","archived_at":null,"archived_with_process":false,"revision":1},"assigned":[{"principal":"u1","address":null,"position":1,"co_assignee":false}]}','u1',NULL,0);
INSERT INTO "events" VALUES(17,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff708f626225d1404e2bbb58','2026-11-22T01:11:35.536568Z','task.created','created','task','01a200ceff71df44d47defee880a6814','01a200ceff718cc14a47749c08fe9e86',NULL,NULL,'{"task":{"id":"01a200ceff71df44d47defee880a6814","number":4,"process_id":"01a200ceff718cc14a47749c08fe9e86","template_id":"01a200ceff39c890d2773e768a656185","version_id":"01a200ceff398ce9887f852f5bcf5c63","step_id":"01a200ceff38257243902518ba1fea3c","linked_step_id":null,"oneoff":false,"title":"Sign","summary":null,"summary_edited":false,"has_variables":false,"alias":"sign-7195","stage_id":null,"kind":"task","status":"not-started","hidden_from":null,"visibility_source":null,"approved":null,"position":2,"template_position":2,"started_at":null,"soft_start":true,"deadline":"2026-11-27T01:11:35Z","deadline_rule":null,"deadline_projected":false,"dated_by_hand":false,"anchors_others":false,"starter_id":1,"completed_at":null,"completer":null,"completer_email":null,"completion_caller":null,"reopened_at":null,"reopener":null,"everyone_must_complete":false,"only_assignees_complete":false,"guests_allowed":true,"max_assignable":0,"guests_may_not_comment":false,"confidential":false,"webhook":null,"has_issue":false,"chromeless":false,"own_fields":null,"created_at":"2026-11-22T01:11:35.536568Z","updated_at":"2026-11-22T01:11:35.536568Z","archived_at":null,"archived_with_process":false,"revision":1},"assigned":[{"principal":"u1","address":null,"position":1,"co_assignee":false}]}','u1',NULL,0);
INSERT INTO "events" VALUES(18,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff708f626225d1404e2bbb58','2026-11-22T01:11:35.536568Z','process.created','created','process','01a200ceff718cc14a47749c08fe9e86','01a200ceff718cc14a47749c08fe9e86',NULL,NULL,'{"process":{"id":"01a200ceff718cc14a47749c08fe9e86","number":2,"template_id":"01a200ceff39c890d2773e768a656185","template_title":"Contract review","version_id":"01a200ceff398ce9887f852f5bcf5c63","version_number":1,"kind":"procedure","name":"Contract with Initech","summary":"","status":"active","visible_tasks":2,"done_tasks":0,"all_tasks":2,"task_issues":0,"process_issues":0,"next_deadline":"2026-11-24T01:11:35Z","last_deadline":"2026-11-27T01:11:35Z","late_done":0,"starter_id":1,"owner_id":1,"members":[3],"groups":[],"assign_someone_else":true,"adhoc_tasks":true,"public":false,"publicly_hidden":[],"parent_id":null,"origin":{"type":null,"id":null,"via":"api"},"read_audience":{"principals":[]},"metadata":null,"kickoff_fields":1,"kickoff_completed_at":"2026-11-22T01:11:35.536568Z","kickoff_completed_by":1,"kickoff_guest":null,"created_at":"2026-11-22T01:11:35.536568Z","started_at":"2026-11-22T01:11:35.536568Z","updated_at":"2026-11-22T01:11:35.536568Z","completed_at":null,"archived_at":null,"revision":1},"answers":{"01a200ceff386a4a4c5ada8f549da2ed":"Initech"},"steps":2}','u1',NULL,1);
INSERT INTO "events" VALUES(19,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff78fa1011c37cca366dce01','2026-11-22T01:11:35.544314Z','task.updated','updated','task','01a200ceff71a873360387d044134425','01a200ceff718cc14a47749c08fe9e86','status','"not-started"','"active"','u1',NULL,1);
INSERT INTO "events" VALUES(20,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff78fa1011c37cca366dce01','2026-11-22T01:11:35.544314Z','task.owners_updated','owners-updated','task','01a200ceff71a873360387d044134425','01a200ceff718cc14a47749c08fe9e86','owners','{"members":[1],"guests":[],"groups":[]}','{"members":[1],"guests":["counsel@lawfirm.example"],"groups":["01a200ceff472aa476b236a847531c96"]}','u1',NULL,1);
INSERT INTO "events" VALUES(21,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff78fa1011c37cca366dce01','2026-11-22T01:11:35.544314Z','task.answered','updated','task','01a200ceff71a873360387d044134425','01a200ceff718cc14a47749c08fe9e86','Notes','{"field_id":"01a200ceff387fc89b6095288fc433ec","value":null}','{"field_id":"01a200ceff387fc89b6095288fc433ec","value":"Clause 4 of Initech"}','u1',NULL,1);
INSERT INTO "events" VALUES(22,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff78fa1011c37cca366dce01','2026-11-22T01:11:35.544314Z','task.answered','updated','task','01a200ceff71a873360387d044134425','01a200ceff718cc14a47749c08fe9e86','Risk','{"field_id":"01a200ceff3813ce264cf7f129f742ed","value":null}','{"field_id":"01a200ceff3813ce264cf7f129f742ed","value":{"id":2,"text":"High"}}','u1',NULL,1);
INSERT INTO "events" VALUES(23,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff7ba04eb2d88d32c14a20cd','2026-11-22T01:11:35.547403Z','task.completed','completed','task','01a200ceff517d5ffa1b90ff3b7a8b19','01a200ceff4e05664ad565e935b2c3f8',NULL,NULL,'{"at":"2026-11-22T01:11:35.547403Z","approved":null,"by":"u1"}','u1',NULL,1);
INSERT INTO "events" VALUES(24,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff84b309f3be38df4f6681bf','2026-11-22T01:11:35.556254Z','process.archived','archived','process','01a200ceff718cc14a47749c08fe9e86','01a200ceff718cc14a47749c08fe9e86',NULL,NULL,NULL,'u1',NULL,1);
CREATE TABLE filings (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id VARCHAR(32) NOT NULL, 
	folder_id VARCHAR(32) NOT NULL, 
	subject_kind VARCHAR(10) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	CONSTRAINT fk_filings_organization_id_folder_id FOREIGN KEY(organization_id, folder_id) REFERENCES folders (organization_id, id) ON DELETE CASCADE, 
	CONSTRAINT uq_filings_organization_id_subject_kind_subject_id_folder_id UNIQUE (organization_id, subject_kind, subject_id, folder_id)
);
CREATE TABLE folders (
	organization_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(32) NOT NULL, 
	folded VARCHAR(120) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	parent_id VARCHAR(32), 
	position INTEGER NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_folders PRIMARY KEY (organization_id, id)
)
 WITHOUT ROWID

;
INSERT INTO "folders" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff4300c51f0fc24c0808dd66','Clients','clients','process',NULL,1,'2026-11-22T01:11:35.490876Z','2026-11-22T01:11:35.490876Z',1);
CREATE TABLE group_people (
	organization_id VARCHAR(32) NOT NULL, 
	group_id VARCHAR(32) NOT NULL, 
	principal VARCHAR(40) NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_group_people PRIMARY KEY (organization_id, group_id, principal), 
	CONSTRAINT fk_group_people_organization_id_group_id FOREIGN KEY(organization_id, group_id) REFERENCES groups (organization_id, id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "group_people" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff472aa476b236a847531c96','u3',1);
CREATE TABLE groups (
	organization_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	folded VARCHAR(600) NOT NULL, 
	description VARCHAR(2000), 
	created_by INTEGER, 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_groups PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_groups_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (organization_id), 
	CONSTRAINT uq_groups_organization_id_folded UNIQUE (organization_id, folded)
)
 WITHOUT ROWID

;
INSERT INTO "groups" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff472aa476b236a847531c96','Legal','legal','reads',1,'2026-11-22T01:11:35.494327Z','2026-11-22T01:11:35.494327Z',1);
CREATE TABLE guest_links (
	organization_id VARCHAR(32) NOT NULL, 
	guest_id INTEGER NOT NULL, 
	email VARCHAR(254) NOT NULL, 
	first_name VARCHAR(200), 
	last_name VARCHAR(200), 
	details TEXT NOT NULL, 
	code_digest VARCHAR(64) NOT NULL, 
	code_secret BLOB NOT NULL, 
	last_accessed_at VARCHAR(27), 
	disabled_at VARCHAR(27), 
	disabled_by INTEGER, 
	deleted_at VARCHAR(27), 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_guest_links PRIMARY KEY (organization_id, guest_id), 
	CONSTRAINT fk_guest_links_guest_id FOREIGN KEY(guest_id) REFERENCES guests (id), 
	CONSTRAINT fk_guest_links_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (organization_id), 
	CONSTRAINT uq_guest_links_organization_id_email UNIQUE (organization_id, email)
)
 WITHOUT ROWID

;
INSERT INTO "guest_links" VALUES('01a200ceecba1a6cf18f07fd644e98d5',1,'counsel@lawfirm.example',NULL,NULL,'{}','605c0374cda130c34deb6f69d9b9b214b5cfc3b7a12942883267bc8aeef0fe32',X'97A164091E9AF31C3DD521566169CFC9A472B1EB48B99ABCB4A3EE5C897F9D0F52028741438BEE118740C874F5F7DB10284CDF1B2A30DA9DA1959DA2',NULL,NULL,NULL,NULL,'2026-11-22T01:11:35.525834Z','2026-11-22T01:11:35.525834Z');
CREATE TABLE guests (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	email VARCHAR(254) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	CONSTRAINT uq_guests_email UNIQUE (email)
);
INSERT INTO "guests" VALUES(1,'counsel@lawfirm.example','2026-11-22T01:11:35.525834Z');
CREATE TABLE idempotency_keys (
	organization_id VARCHAR(32) NOT NULL, 
	principal VARCHAR(40) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	status INTEGER NOT NULL, 
	headers TEXT NOT NULL, 
	body BLOB NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (organization_id, principal, "key")
)
 WITHOUT ROWID

;
CREATE TABLE involvements (
	organization_id VARCHAR(32) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	principal VARCHAR(40) NOT NULL, 
	reasons INTEGER NOT NULL, 
	CONSTRAINT pk_involvements PRIMARY KEY (organization_id, subject_id, principal)
)
 WITHOUT ROWID

;
INSERT INTO "involvements" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff4e05664ad565e935b2c3f8','e1',8);
INSERT INTO "involvements" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff4e05664ad565e935b2c3f8','g01a200ceff472aa476b236a847531c96',8);
INSERT INTO "involvements" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff4e05664ad565e935b2c3f8','u1',11);
INSERT INTO "involvements" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff4e05664ad565e935b2c3f8','u3',4);
INSERT INTO "involvements" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff718cc14a47749c08fe9e86','e1',8);
INSERT INTO "involvements" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff718cc14a47749c08fe9e86','g01a200ceff472aa476b236a847531c96',8);
INSERT INTO "involvements" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff718cc14a47749c08fe9e86','u1',11);
INSERT INTO "involvements" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff718cc14a47749c08fe9e86','u3',4);
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id VARCHAR(32) NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	"key" VARCHAR(120), 
	payload TEXT NOT NULL, 
	run_at VARCHAR(27) NOT NULL, 
	attempts INTEGER NOT NULL, 
	locked_by VARCHAR(64), 
	created_at VARCHAR(27) NOT NULL, 
	done_at VARCHAR(27), 
	dead_at VARCHAR(27), 
	error TEXT
);
INSERT INTO "jobs" VALUES(1,'01a200ceecba1a6cf18f07fd644e98d5','events.seal','events.seal','{}','2026-11-22T01:12:36.446312Z',1,'01a200ceff0bfd198d9d5058bfbe0cc6','2026-11-22T01:11:30.741639Z','2026-11-22T01:11:36.451515Z',NULL,NULL);
CREATE TABLE memberships (
	organization_id VARCHAR(32) NOT NULL, 
	account_id INTEGER NOT NULL, 
	role VARCHAR(10) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	is_bot BOOLEAN NOT NULL, 
	is_default_admin BOOLEAN NOT NULL, 
	settings TEXT NOT NULL, 
	invited_by INTEGER, 
	invited_at VARCHAR(27), 
	approved_at VARCHAR(27), 
	activated_at VARCHAR(27), 
	disabled_at VARCHAR(27), 
	disabled_by INTEGER, 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_memberships PRIMARY KEY (organization_id, account_id), 
	CONSTRAINT fk_memberships_account_id FOREIGN KEY(account_id) REFERENCES accounts (id), 
	CONSTRAINT fk_memberships_organization_id FOREIGN KEY(organization_id) REFERENCES organizations (organization_id)
)
 WITHOUT ROWID

;
INSERT INTO "memberships" VALUES('01a200ceecba1a6cf18f07fd644e98d5',1,'admin','active',0,1,'{}',NULL,NULL,'2026-11-22T01:11:30.741639Z','2026-11-22T01:11:30.741639Z',NULL,NULL,'2026-11-22T01:11:30.741639Z','2026-11-22T01:11:30.741639Z');
INSERT INTO "memberships" VALUES('01a200ceecba1a6cf18f07fd644e98d5',2,'standard','active',1,0,'{}',NULL,NULL,'2026-11-22T01:11:30.741639Z','2026-11-22T01:11:30.741639Z',NULL,NULL,'2026-11-22T01:11:30.741639Z','2026-11-22T01:11:30.741639Z');
INSERT INTO "memberships" VALUES('01a200ceecba1a6cf18f07fd644e98d5',3,'light','active',0,0,'{}',NULL,NULL,'2026-11-22T01:11:33.008014Z','2026-11-22T01:11:33.008014Z',NULL,NULL,'2026-11-22T01:11:33.008014Z','2026-11-22T01:11:33.008014Z');
CREATE TABLE organizations (
	organization_id VARCHAR(32) NOT NULL, 
	name VARCHAR(50) NOT NULL, 
	slug VARCHAR(60) NOT NULL, 
	timezone VARCHAR(64) NOT NULL, 
	settings TEXT NOT NULL, 
	bot_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	CONSTRAINT pk_organizations PRIMARY KEY (organization_id), 
	CONSTRAINT fk_organizations_bot_id FOREIGN KEY(bot_id) REFERENCES accounts (id), 
	CONSTRAINT uq_organizations_slug UNIQUE (slug)
);
INSERT INTO "organizations" VALUES('01a200ceecba1a6cf18f07fd644e98d5','Kept Lights','organization_01a200ceecba1a6cf18f07fd644e98d5','UTC','{}',2,1,'2026-11-22T01:11:30.741639Z','2026-11-22T01:11:30.741639Z');
CREATE TABLE processes (
	organization_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	template_id VARCHAR(32) NOT NULL, 
	template_title VARCHAR(250) NOT NULL, 
	version_id VARCHAR(32) NOT NULL, 
	version_number INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	name VARCHAR(550) NOT NULL, 
	folded VARCHAR(2200) NOT NULL, 
	summary TEXT NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	visible_tasks INTEGER NOT NULL, 
	done_tasks INTEGER NOT NULL, 
	all_tasks INTEGER NOT NULL, 
	task_issues INTEGER NOT NULL, 
	process_issues INTEGER NOT NULL, 
	next_deadline VARCHAR(27), 
	last_deadline VARCHAR(27), 
	late_done INTEGER NOT NULL, 
	starter_id INTEGER, 
	owner_id INTEGER NOT NULL, 
	members TEXT NOT NULL, 
	groups TEXT NOT NULL, 
	assign_someone_else BOOLEAN NOT NULL, 
	adhoc_tasks BOOLEAN NOT NULL, 
	public BOOLEAN NOT NULL, 
	publicly_hidden TEXT NOT NULL, 
	parent_id VARCHAR(32), 
	origin TEXT NOT NULL, 
	read_audience TEXT NOT NULL, 
	metadata TEXT, 
	kickoff_fields INTEGER NOT NULL, 
	kickoff_completed_at VARCHAR(27), 
	kickoff_completed_by INTEGER, 
	kickoff_guest VARCHAR(254), 
	created_at VARCHAR(27) NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	completed_at VARCHAR(27), 
	archived_at VARCHAR(27), 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_processes PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_processes_organization_id_template_id FOREIGN KEY(organization_id, template_id) REFERENCES templates (organization_id, id), 
	CONSTRAINT fk_processes_organization_id_version_id FOREIGN KEY(organization_id, version_id) REFERENCES template_versions (organization_id, id), 
	CONSTRAINT uq_processes_organization_id_number UNIQUE (organization_id, number)
)
 WITHOUT ROWID

;
INSERT INTO "processes" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff4e05664ad565e935b2c3f8',1,'01a200ceff39c890d2773e768a656185','Contract review','01a200ceff398ce9887f852f5bcf5c63',1,'procedure','Contract with Globex','contract with globex','','active',2,1,2,0,0,'2026-11-27T01:11:35.000000Z','2026-11-27T01:11:35.000000Z',0,1,1,'[3]','[]',1,1,0,'[]',NULL,'{"type":null,"id":null,"via":"api"}','{"principals":[]}',NULL,1,'2026-11-22T01:11:35.497729Z',1,NULL,'2026-11-22T01:11:35.497729Z','2026-11-22T01:11:35.497729Z','2026-11-22T01:11:35.547403Z',NULL,NULL,1);
INSERT INTO "processes" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff718cc14a47749c08fe9e86',2,'01a200ceff39c890d2773e768a656185','Contract review','01a200ceff398ce9887f852f5bcf5c63',1,'procedure','Contract with Initech','contract with initech','','archived',2,0,2,0,0,'2026-11-24T01:11:35.000000Z','2026-11-27T01:11:35.000000Z',0,1,1,'[3]','[]',1,1,0,'[]',NULL,'{"type":null,"id":null,"via":"api"}','{"principals":[]}',NULL,1,'2026-11-22T01:11:35.536568Z',1,NULL,'2026-11-22T01:11:35.536568Z','2026-11-22T01:11:35.536568Z','2026-11-22T01:11:35.556254Z',NULL,'2026-11-22T01:11:35.556254Z',2);
CREATE TABLE signing_keys (
	id VARCHAR(32) NOT NULL, 
	secret BLOB NOT NULL, 
	public TEXT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	retired_at VARCHAR(27), 
	CONSTRAINT pk_signing_keys PRIMARY KEY (id)
);
INSERT INTO "signing_keys" VALUES('01a200ceecbce5e7e8f8975aba51b1e4',X'0F8041E91694D4D3CE03D722E7767A8537BB1AE97F6EDF022AEEF38BF552F93E77D9A55081358F101CBFDFD87B31CF3424E862DF5F30E64DC0B8B88CAFCF07849A04B583BF25DC8A179CE5E46CB91078F80EDF88E6BC4EB7545AC0A9CBE91538B734C01876DBD78A11D124121454B7971572E845083FD6A86764FBD9CAEEA9890A4B58ADCD629CF017EB445C1EF8569A3D02C8DAF4A6857DBEB9E3C6EB88042B48E989B26A2EB7665224072AA0A36A8E5C8C67F9679A1A133298D8BD8D11B535D0C88C1ED96E3D8F44192A365DDB63C0C10DF7775AC0C04E81CA829993FC607D603ED8D7B3F62E5118DA1819B88D5298D5F48EBC0377D5B8A02AAC06716953479287A920B685FDE509E9BF9D6F7A48DDA71B8CCE7FA2C3F2A0C881952D8EABA68B701695D8CC4719037F97D9CEDA2BF16C0EE995C887AF54CE10BBE4174222E717AB7C63F5EEEC9CD126890821D1D14C7CBD435FF3513E1A9C11B0CD3502609F3B5A3AA9C7FF542BF83D5CFC1476A5D966DC9CE5BA70FD5CB7A44B54D2AB871C05BAC98FA698D87C21B62189240CFF776DD9FF5358BD72D2CF3F16780113312B06F7FFE53B46FE4455DB276C4D88A0BD2359BB833556F348D94277BA9B9B42BA0D921D5F919660DF981882E1AF8A62E4B81E24EF5BFA97D28930CA102420E9D2A27762095177ED3BDD2A616992F95F681D212498101DAF3A6F08D0E4AEF748CF1F3DD51E7364DB2BF8189F9F8DE292E7BB699F92A04C790122146FD0FF602EC0FA980B39A0485403750EC60F0C642E6A2E0E02A381F78D3D8B2918EA0623A335BBC5AA6446DD3B1D5F8056583C403B36145D4D9454295AD9AD31BE400FA24474B4B88DE738C0B77E8318ECD4633DF68DDA7F239E9581279F226C39A20CA917793A97D60F1C037742F3E2D42EF5F6721E09DEFE445A12612E96BB56916DA8D8DC1628EA4AA202D3CC6A5A2FB54D8B85F8338FE9B3DE074083DE3E4656315A02ED2868E9D0413BABE3FDA0A22DFDE68C6737E370AE7E6AD8E3D27BA6284683A86A9F600B85995998F390B9ADA3F06F0D942FF560EB25A37E89CF55EAC6E6B5219759CF9DF2724CC2C85A84DA814D451AA155D1A45DDC9F1E07D5297BDF93DCB4E7D7958E6E659F5D604EF26E89AC8DFCE058CAA2CC05E7EAD8AEC5201EC976D77C73290838BBDA7549E7E828F4F26984165C599CB2AF08F08A6512CEB159E85626E207B73032AC5EB47D5A06C86EFB5120664F24A49BD885A606FE5C4D5C683CD768C3091DB2304240801234CAD85127B406AD2AED58D4E7544CFF3A2388BE305C356492B4304551BA75C05C31D14EF1E1DA29BFDC38D1DDCD5363EB1A0F872FE7F8AD15B123EF5D31785B7BC4156FBA8051DAD6B777CEC3BEF4A42B364BDACA8041AC41231972AC4EA5855E797B0CF3E4E53F746CED991DB223F7583D75BAFC34E225667CA648BB7C8E15D0A9F039238B6BCF3CADA4984AE7AE99D32A2A751DE4C64227C444EBC124EC356B41F3F39FA98B0E11DF813756AA49772576782E3FBF69D19DD63EE089DD947E86EAFC8F5BCF5293C737A4D589DB0118577A36FAD3073029EA5D5763785762DF101FB0303CBD2C60FDB4FCEB4D5B35C9DB2557A328375090ED899AD4B505617A8360F67E23211838F79D214EA9E28B7E731BA4B53408E080028F74EBC9BF601B7C11645470C1DD1856093E3D7A06289281868F9F1E2CFD730B9651BAE6F45FDDF6164523F8197A01D9AC3CD33D9D8A86752A610EB8DD198C166DCE3CAEE963E1206E3C6D1A2B6D911A5CD715A7EC9ED9BA0D5EB0D2264ECCBB3C925BF71A66CA4244078470F354FD9BDDAE0B5B5D12887A5E6E33CA20B6703E17F05E372088DAEC0DAC1F42EC9686AC013721353FFD931FD9569843C2A021E59FDE459D517965D0B8D30543C1F946E8E8C6E06E79FA9187BEEF8791A4F1B37098113D4BDFFFBD2343771282BA7539279F84D4C999F82075A4ACD5FF994F45C82A1ECF8947A0E00FFF5AC3C741DFFE73CF03A202494B221C80BE1A3C5EE8D857AAC85C221C1E3869939FE07584E6ADF4F0DCE6F9A7C5C78D9E728AA2578247F41681FC8F6722092BAD2A402298F1F0AF1FD0C439D85A381BAFAE4E4964E8ADFDA4836C770D17D1AFB6ABCAD6DDAD97FF91462FBB2190424C0D5C4C5753785F372B8571B88E55B18568659DD06334B28DD2F330BAB36363385C75BA91BFE68633979978F7E00653102A2DBCC63250847CFD87FB6864DC7B5F9908D0DF6FB8BBF8736CFEFCCEC77A32386CAA5299EAD4F9532C26B928B2E62D5D7C76EE4017075D3C11ABF533AA2A18136878D86FA9A635A52715C629B3AF1D5FCE3990EBC9BCBDC4D0367D2466854477C0FA356A21DD46E8A151DA92759DD3B41FADA643C777A13818BBBD52CB265FC556FA','{"n":"0q9EYpOVnGhvLWK5mup1Tk1LmpLqKUgmiX69Bh-rqTe-9aOelHMVe3RqE5TEXeFodouJiqKTs6A-c7b5UhkYF9ZG6EWDZUmGcjKrbPe4XDyNkbKprVZfgyeiQxOcUq-jBVzSl8kZ76jzc5w2SwgmVy3yteWH6hq7NfA5k0AhQanapZqADQOHg_F_GPD-NsA40r1cF9jKeLxGzhoeQawiaUz4Vfhub_9gTlKCET3R_6s8FSJPvLWRNxG3RiW1YfjjlIMcATKwLRBTg1FOWpDbrg3IzvpMTxUpZiiM18Vgn3M6DftswO6tRPjPHkxSQzU73d7TYxf65oInJPX123CvyQ","e":"AQAB","kid":"01a200ceecbce5e7e8f8975aba51b1e4","use":"sig","alg":"RS256","kty":"RSA"}','2026-11-22T01:11:30.741639Z',NULL);
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('tasks','ix_tasks_process_id','1000000 200000 20 20');
INSERT INTO "sqlite_stat1" VALUES('tasks','ix_tasks_deadline','1000000 200000 2000');
INSERT INTO "sqlite_stat1" VALUES('tasks','sqlite_autoindex_tasks_2','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('tasks','tasks','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('accounts','sqlite_autoindex_accounts_2','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('accounts','sqlite_autoindex_accounts_1','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('counters','counters','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('involvements','ix_involvements_principal','1000000 200000 2000');
INSERT INTO "sqlite_stat1" VALUES('involvements','involvements','1000000 200000 5 1');
INSERT INTO "sqlite_stat1" VALUES('groups','sqlite_autoindex_groups_2','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('groups','groups','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('guest_links','uq_guest_links_code_digest','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('guest_links','sqlite_autoindex_guest_links_2','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('guest_links','guest_links','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('group_people','ix_group_people_principal','1000000 200000 2000');
INSERT INTO "sqlite_stat1" VALUES('group_people','group_people','1000000 200000 10 1');
INSERT INTO "sqlite_stat1" VALUES('event_seals','event_seals','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('template_versions','sqlite_autoindex_template_versions_2','1000000 200000 2000 1');
INSERT INTO "sqlite_stat1" VALUES('template_versions','template_versions','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('tags','sqlite_autoindex_tags_2','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('tags','tags','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('templates','ix_templates_updated_at','1000000 200000 2');
INSERT INTO "sqlite_stat1" VALUES('templates','sqlite_autoindex_templates_2','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('templates','templates','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('folders','ix_folders_parent_id','1000000 200000 50000 50 50');
INSERT INTO "sqlite_stat1" VALUES('folders','folders','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('idempotency_keys','ix_idempotency_keys_created_at','1000000 2');
INSERT INTO "sqlite_stat1" VALUES('idempotency_keys','idempotency_keys','1000000 200000 2000 1');
INSERT INTO "sqlite_stat1" VALUES('guests','sqlite_autoindex_guests_1','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('memberships','ix_memberships_account_id','1000000 100');
INSERT INTO "sqlite_stat1" VALUES('memberships','memberships','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','uq_jobs_waiting_key','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_due','1000000 10');
INSERT INTO "sqlite_stat1" VALUES('signing_keys','sqlite_autoindex_signing_keys_1','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('tag_uses','ix_tag_uses_tag_id','1000000 200000 500 500');
INSERT INTO "sqlite_stat1" VALUES('tag_uses','sqlite_autoindex_tag_uses_1','1000000 200000 50000 5 1');
INSERT INTO "sqlite_stat1" VALUES('answers','ix_answers_process_id','1000000 200000 20');
INSERT INTO "sqlite_stat1" VALUES('answers','ix_answers_id','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('answers','answers','1000000 200000 4 1');
INSERT INTO "sqlite_stat1" VALUES('organizations','sqlite_autoindex_organizations_2','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('organizations','sqlite_autoindex_organizations_1','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('filings','ix_filings_folder_id','1000000 200000 500 500');
INSERT INTO "sqlite_stat1" VALUES('filings','sqlite_autoindex_filings_1','1000000 200000 50000 5 1');
INSERT INTO "sqlite_stat1" VALUES('assignments','ix_assignments_principal','1000000 200000 2000 2000 1');
INSERT INTO "sqlite_stat1" VALUES('assignments','assignments','1000000 200000 2 1');
INSERT INTO "sqlite_stat1" VALUES('stars','stars','1000000 200000 5 1');
INSERT INTO "sqlite_stat1" VALUES('processes','ix_processes_template_id','1000000 200000 2000');
INSERT INTO "sqlite_stat1" VALUES('processes','ix_processes_created_at','1000000 200000 2');
INSERT INTO "sqlite_stat1" VALUES('processes','sqlite_autoindex_processes_2','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('processes','processes','1000000 200000 1');
INSERT INTO "sqlite_stat1" VALUES('tokens','ix_tokens_account_id','1000000 100');
INSERT INTO "sqlite_stat1" VALUES('tokens','sqlite_autoindex_tokens_2','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('tokens','tokens','1000000 1');
INSERT INTO "sqlite_stat1" VALUES('completion_marks','completion_marks','1000000 200000 2 1');
INSERT INTO "sqlite_stat1" VALUES('events','ix_events_subject','1000000 200000 50000 5 1');
INSERT INTO "sqlite_stat1" VALUES('events','ix_events_process','1000000 200000 20 1');
INSERT INTO "sqlite_stat1" VALUES('template_parts','template_parts','1000000 200000 1');
CREATE TABLE stars (
	organization_id VARCHAR(32) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	account_id INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	CONSTRAINT pk_stars PRIMARY KEY (organization_id, subject_id, account_id)
)
 WITHOUT ROWID

;
CREATE TABLE tag_uses (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	organization_id VARCHAR(32) NOT NULL, 
	tag_id VARCHAR(32) NOT NULL, 
	subject_kind VARCHAR(10) NOT NULL, 
	subject_id VARCHAR(32) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	CONSTRAINT fk_tag_uses_organization_id_tag_id FOREIGN KEY(organization_id, tag_id) REFERENCES tags (organization_id, id) ON DELETE CASCADE, 
	CONSTRAINT uq_tag_uses_organization_id_subject_kind_subject_id_tag_id UNIQUE (organization_id, subject_kind, subject_id, tag_id)
);
INSERT INTO "tag_uses" VALUES(1,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff40b102ac6f63f2c4dbcd43','process','01a200ceff4e05664ad565e935b2c3f8','2026-11-22T01:11:35.497729Z');
INSERT INTO "tag_uses" VALUES(2,'01a200ceecba1a6cf18f07fd644e98d5','01a200ceff40b102ac6f63f2c4dbcd43','process','01a200ceff718cc14a47749c08fe9e86','2026-11-22T01:11:35.536568Z');
CREATE TABLE tags (
	organization_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	title VARCHAR(30) NOT NULL, 
	folded VARCHAR(120) NOT NULL, 
	color VARCHAR(7) NOT NULL, 
	automatic BOOLEAN NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_tags PRIMARY KEY (organization_id, id), 
	CONSTRAINT uq_tags_organization_id_folded UNIQUE (organization_id, folded)
)
 WITHOUT ROWID

;
INSERT INTO "tags" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff40b102ac6f63f2c4dbcd43','Grüße','grusse','#66aa00',0,'2026-11-22T01:11:35.487931Z',1);
CREATE TABLE tasks (
	organization_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	process_id VARCHAR(32), 
	template_id VARCHAR(32), 
	version_id VARCHAR(32), 
	step_id VARCHAR(32), 
	linked_step_id VARCHAR(32), 
	oneoff BOOLEAN NOT NULL, 
	title VARCHAR(600) NOT NULL, 
	folded VARCHAR(2400) NOT NULL, 
	summary TEXT, 
	summary_edited BOOLEAN NOT NULL, 
	has_variables BOOLEAN NOT NULL, 
	alias VARCHAR(300), 
	stage_id VARCHAR(32), 
	kind VARCHAR(20) NOT NULL, 
	status VARCHAR(15) NOT NULL, 
	hidden_from VARCHAR(15), 
	visibility_source VARCHAR(10), 
	approved BOOLEAN, 
	position INTEGER NOT NULL, 
	template_position INTEGER, 
	started_at VARCHAR(27), 
	soft_start BOOLEAN NOT NULL, 
	deadline VARCHAR(27), 
	deadline_rule TEXT, 
	deadline_projected BOOLEAN NOT NULL, 
	dated_by_hand BOOLEAN NOT NULL, 
	anchors_others BOOLEAN NOT NULL, 
	starter_id INTEGER, 
	completed_at VARCHAR(27), 
	completer VARCHAR(40), 
	completer_email VARCHAR(254), 
	completion_caller VARCHAR(40), 
	reopened_at VARCHAR(27), 
	reopener VARCHAR(40), 
	everyone_must_complete BOOLEAN NOT NULL, 
	only_assignees_complete BOOLEAN NOT NULL, 
	guests_allowed BOOLEAN NOT NULL, 
	max_assignable INTEGER NOT NULL, 
	guests_may_not_comment BOOLEAN NOT NULL, 
	confidential BOOLEAN NOT NULL, 
	webhook VARCHAR(2048), 
	has_issue BOOLEAN NOT NULL, 
	chromeless BOOLEAN, 
	own_fields TEXT, 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	archived_at VARCHAR(27), 
	archived_with_process BOOLEAN NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_tasks PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_tasks_organization_id_process_id FOREIGN KEY(organization_id, process_id) REFERENCES processes (organization_id, id), 
	CONSTRAINT uq_tasks_organization_id_number UNIQUE (organization_id, number)
)
 WITHOUT ROWID

;
INSERT INTO "tasks" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff517d5ffa1b90ff3b7a8b19',1,'01a200ceff4e05664ad565e935b2c3f8','01a200ceff39c890d2773e768a656185','01a200ceff398ce9887f852f5bcf5c63','01a200ceff389df679c8e1f9d61bc9d0',NULL,0,'Read it','read it',NULL,0,0,'read-it-8897',NULL,'task','completed',NULL,NULL,NULL,1,1,NULL,1,'2026-11-24T01:11:35.000000Z','{"value":2,"unit":"days","option":"from","step":"start_run"}',0,0,0,1,'2026-11-22T01:11:35.547403Z','u1','keeper@example.com','u1',NULL,NULL,0,0,1,0,0,0,NULL,0,0,NULL,'2026-11-22T01:11:35.497729Z','2026-11-22T01:11:35.547403Z',NULL,0,3);
INSERT INTO "tasks" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff51a0a4fc9e6ea38627ce3a',2,'01a200ceff4e05664ad565e935b2c3f8','01a200ceff39c890d2773e768a656185','01a200ceff398ce9887f852f5bcf5c63','01a200ceff38257243902518ba1fea3c',NULL,0,'Sign','sign',NULL,0,0,'sign-7195',NULL,'task','not-started',NULL,NULL,NULL,2,2,NULL,1,'2026-11-27T01:11:35.000000Z',NULL,0,0,0,1,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1,0,0,0,NULL,0,0,NULL,'2026-11-22T01:11:35.497729Z','2026-11-22T01:11:35.497729Z',NULL,0,1);
INSERT INTO "tasks" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff71a873360387d044134425',3,'01a200ceff718cc14a47749c08fe9e86','01a200ceff39c890d2773e768a656185','01a200ceff398ce9887f852f5bcf5c63','01a200ceff389df679c8e1f9d61bc9d0',NULL,0,'Read it','read it',NULL,0,0,'read-it-8897',NULL,'task','active',NULL,NULL,NULL,1,1,NULL,1,'2026-11-24T01:11:35.000000Z','{"value":2,"unit":"days","option":"from","step":"start_run"}',0,0,0,1,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1,0,0,0,NULL,0,0,NULL,'2026-11-22T01:11:35.536568Z','2026-11-22T01:11:35.544314Z','2026-11-22T01:11:35.556254Z',1,2);
INSERT INTO "tasks" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff71df44d47defee880a6814',4,'01a200ceff718cc14a47749c08fe9e86','01a200ceff39c890d2773e768a656185','01a200ceff398ce9887f852f5bcf5c63','01a200ceff38257243902518ba1fea3c',NULL,0,'Sign','sign',NULL,0,0,'sign-7195',NULL,'task','not-started',NULL,NULL,NULL,2,2,NULL,1,'2026-11-27T01:11:35.000000Z',NULL,0,0,0,1,NULL,NULL,NULL,NULL,NULL,NULL,0,0,1,0,0,0,NULL,0,0,NULL,'2026-11-22T01:11:35.536568Z','2026-11-22T01:11:35.536568Z','2026-11-22T01:11:35.556254Z',1,1);
CREATE TABLE template_parts (
	organization_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	template_id VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_template_parts PRIMARY KEY (organization_id, id)
)
 WITHOUT ROWID

;
INSERT INTO "template_parts" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff3813ce264cf7f129f742ed','field','01a200ceff39c890d2773e768a656185');
INSERT INTO "template_parts" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff38257243902518ba1fea3c','step','01a200ceff39c890d2773e768a656185');
INSERT INTO "template_parts" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff386a4a4c5ada8f549da2ed','field','01a200ceff39c890d2773e768a656185');
INSERT INTO "template_parts" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff387fc89b6095288fc433ec','field','01a200ceff39c890d2773e768a656185');
INSERT INTO "template_parts" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff389df679c8e1f9d61bc9d0','step','01a200ceff39c890d2773e768a656185');
CREATE TABLE template_versions (
	organization_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	template_id VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	launched BOOLEAN NOT NULL, 
	created_by INTEGER NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_template_versions PRIMARY KEY (organization_id, id), 
	CONSTRAINT fk_template_versions_organization_id_template_id FOREIGN KEY(organization_id, template_id) REFERENCES templates (organization_id, id), 
	CONSTRAINT uq_template_versions_organization_id_template_id_number UNIQUE (organization_id, template_id, number)
)
 WITHOUT ROWID

;
INSERT INTO "template_versions" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff398ce9887f852f5bcf5c63','01a200ceff39c890d2773e768a656185',1,'{"title":"Contract review","kind":"procedure","kickoff":[{"id":"01a200ceff386a4a4c5ada8f549da2ed","label":"Client","kind":"text","alias":"client-1541","required":true,"number":3,"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"}],"steps":[{"id":"01a200ceff389df679c8e1f9d61bc9d0","title":"Read it","alias":"read-it-8897","position":1,"deadline":{"value":2,"unit":"days","option":"from","step":"start_run"},"start":{"value":2,"unit":"hours"},"fields":[{"id":"01a200ceff387fc89b6095288fc433ec","label":"Notes","kind":"text","alias":"notes-3497","required":true,"number":1,"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"},{"id":"01a200ceff3813ce264cf7f129f742ed","label":"Risk","kind":"dropdown","alias":"risk-7570","position":2,"options":[{"id":1,"text":"Low","required":false,"selected":false},{"id":2,"text":"High","required":false,"selected":false}],"number":2,"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"}],"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"},{"id":"01a200ceff38257243902518ba1fea3c","title":"Sign","alias":"sign-7195","position":2,"start":{"value":2,"unit":"hours"},"created_at":"2026-11-22T01:11:35.477116Z","updated_at":"2026-11-22T01:11:35.477116Z"}]}',1,1,'2026-11-22T01:11:35.477116Z',124198945);
CREATE TABLE templates (
	organization_id VARCHAR(32) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	title VARCHAR(250) NOT NULL, 
	folded VARCHAR(1000) NOT NULL, 
	alias VARCHAR(300) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	label VARCHAR(20) NOT NULL, 
	system BOOLEAN NOT NULL, 
	settings TEXT NOT NULL, 
	rights TEXT NOT NULL, 
	owner_id INTEGER NOT NULL, 
	created_by INTEGER NOT NULL, 
	updated_by INTEGER NOT NULL, 
	folder_id VARCHAR(32), 
	pinned BOOLEAN NOT NULL, 
	steps INTEGER NOT NULL, 
	launches INTEGER NOT NULL, 
	version_id VARCHAR(32) NOT NULL, 
	published_id VARCHAR(32), 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	archived_at VARCHAR(27), 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_templates PRIMARY KEY (organization_id, id), 
	CONSTRAINT uq_templates_organization_id_alias UNIQUE (organization_id, alias)
)
 WITHOUT ROWID

;
INSERT INTO "templates" VALUES('01a200ceecba1a6cf18f07fd644e98d5','01a200ceff39c890d2773e768a656185',1,'Contract review','contract review','contract-review-656185','procedure','started',0,'{}','{"listed":[],"listed_light":[]}',1,1,1,NULL,0,2,2,'01a200ceff398ce9887f852f5bcf5c63',NULL,'2026-11-22T01:11:35.477116Z','2026-11-22T01:11:35.477116Z',NULL,1);
CREATE TABLE tokens (
	digest VARCHAR(64) NOT NULL, 
	id VARCHAR(32) NOT NULL, 
	account_id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	scopes TEXT NOT NULL, 
	bound_to VARCHAR(32), 
	created_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27), 
	revoked_at VARCHAR(27), 
	last_used_at VARCHAR(27), 
	CONSTRAINT pk_tokens PRIMARY KEY (digest), 
	CONSTRAINT fk_tokens_account_id FOREIGN KEY(account_id) REFERENCES accounts (id), 
	CONSTRAINT uq_tokens_id UNIQUE (id)
)
 WITHOUT ROWID

;
INSERT INTO "tokens" VALUES('0acf0bf350f12425713113f5e40adae42159413c23742b1a1bd17707550f6676','01a200ceecbc4f056830c9522a64aed3',1,'personal','First token','["*"]',NULL,'2026-11-22T01:11:30.741639Z',NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('6b18dab4e7d59044c0f9dead1576a7f191bf6eb53f606685d9fb4ff2ebf0233e','01a200cef596347a3a05f13499e53203',3,'personal','First token','["*"]',NULL,'2026-11-22T01:11:33.008014Z',NULL,NULL,NULL);
CREATE INDEX ix_events_process ON events (organization_id, process_id, id);
CREATE INDEX ix_events_subject ON events (organization_id, subject_kind, subject_id, id);
CREATE INDEX ix_folders_parent_id ON folders (organization_id, kind, parent_id, position);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX ix_jobs_due ON jobs (run_at) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE UNIQUE INDEX uq_jobs_waiting_key ON jobs (organization_id, "key") WHERE done_at IS NULL AND dead_at IS NULL AND locked_by IS NULL;
CREATE INDEX ix_filings_folder_id ON filings (organization_id, folder_id, subject_kind);
CREATE INDEX ix_tag_uses_tag_id ON tag_uses (organization_id, tag_id, subject_kind);
CREATE INDEX ix_tokens_account_id ON tokens (account_id);
CREATE UNIQUE INDEX uq_guest_links_code_digest ON guest_links (code_digest);
CREATE INDEX ix_memberships_account_id ON memberships (account_id);
CREATE INDEX ix_group_people_principal ON group_people (organization_id, principal);
CREATE UNIQUE INDEX ix_answers_id ON answers (organization_id, id);
CREATE INDEX ix_answers_process_id ON answers (organization_id, process_id);
CREATE INDEX ix_assignments_principal ON assignments (organization_id, principal, open, number);
CREATE INDEX ix_involvements_principal ON involvements (organization_id, principal);
CREATE INDEX ix_templates_updated_at ON templates (organization_id, updated_at);
CREATE INDEX ix_processes_created_at ON processes (organization_id, created_at);
CREATE INDEX ix_processes_template_id ON processes (organization_id, template_id);
CREATE INDEX ix_tasks_deadline ON tasks (organization_id, deadline);
CREATE INDEX ix_tasks_process_id ON tasks (organization_id, process_id, position);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('accounts',3);
INSERT INTO "sqlite_sequence" VALUES('events',24);
INSERT INTO "sqlite_sequence" VALUES('jobs',16);
INSERT INTO "sqlite_sequence" VALUES('tag_uses',2);
INSERT INTO "sqlite_sequence" VALUES('guests',1);
COMMIT;
