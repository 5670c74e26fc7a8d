-- What members wrote that an event's data repeats: it is removed when its post or thread is moderated or deleted.
ALTER TABLE "Event" ADD COLUMN sources TEXT[];

UPDATE "Event" SET sources = ARRAY['post:' || (data->>'postId'), 'thread:' || (data->>'threadId')]
WHERE type IN ('PostAdded', 'PostTextUpdated') AND data ? 'postId' AND data ? 'threadId';
UPDATE "Event" SET sources = ARRAY['thread:' || (data->>'threadId')]
WHERE type = 'ThreadCreated' AND data ? 'threadId';
UPDATE "Event" SET sources = ARRAY['discussionPost:' || (data->>'postId')]
WHERE type = 'ProposalDiscussionPostCreated' AND data ? 'postId';

CREATE INDEX "Event_sources_idx" ON "Event" USING GIN (sources);
