-- The provider that has an email, or may have it.
ALTER TABLE "Email" ADD COLUMN "provider" TEXT;
