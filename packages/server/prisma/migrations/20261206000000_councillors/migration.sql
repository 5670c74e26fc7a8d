-- A name that says whose ids it has.
ALTER TABLE "Deadline" RENAME COLUMN "concerns" TO "councillors";
