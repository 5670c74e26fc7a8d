ALTER TABLE "Member" ADD COLUMN "handle" TEXT;

ALTER TABLE "Email" ADD COLUMN "mailbox" TEXT;
UPDATE "Email" SET "mailbox" = lower(regexp_replace("address", '[+][^@]*@', '@')) WHERE type = 'verification';
CREATE INDEX "Email_mailbox_idx" ON "Email"("mailbox") WHERE (mailbox IS NOT NULL);
