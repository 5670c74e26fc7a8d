CREATE TABLE "AuthorList" (
  "kind" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "isComplete" BOOLEAN NOT NULL,
  "readTo" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "AuthorList_pkey" PRIMARY KEY ("kind", "id")
);

CREATE TABLE "KnownAuthor" (
  "kind" TEXT NOT NULL,
  "listId" TEXT NOT NULL,
  "memberId" INTEGER NOT NULL,
  "firstPost" BIGINT NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "KnownAuthor_pkey" PRIMARY KEY ("kind", "listId", "memberId"),
  CONSTRAINT "KnownAuthor_kind_listId_fkey" FOREIGN KEY ("kind", "listId") REFERENCES "AuthorList" ("kind", "id")
    ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "WaitingEvent" (
  "id" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "block" INTEGER NOT NULL,
  "row" JSONB NOT NULL,
  "kind" TEXT NOT NULL,
  "listId" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "WaitingEvent_pkey" PRIMARY KEY ("id", "type")
);

CREATE INDEX "WaitingEvent_kind_listId_block_idx" ON "WaitingEvent" ("kind", "listId", "block");
