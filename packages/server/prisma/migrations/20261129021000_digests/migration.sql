-- False again once a notifier has claimed it: what comes later begins another one.
ALTER TABLE "Email" ADD COLUMN "collects" BOOLEAN NOT NULL DEFAULT false;
CREATE UNIQUE INDEX "Email_collects_key" ON "Email"("memberId") WHERE (collects AND status = 'PENDING'::"NotificationEmailStatus");
