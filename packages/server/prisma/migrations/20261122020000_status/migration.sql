CREATE INDEX "Email_outcome_idx" ON "Email"("updatedAt") WHERE (status = 'SENT' OR status = 'FAILED');
