DROP INDEX "Notification_unread_idx";
CREATE INDEX "Notification_unread_idx" ON "Notification"("memberId", "id" DESC) WHERE "inApp" AND NOT "isRead";
CREATE INDEX "Notification_archived_idx" ON "Notification"("memberId", "id" DESC) WHERE "isArchived";
