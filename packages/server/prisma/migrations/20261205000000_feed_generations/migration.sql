-- The addresses that calendars and feed readers poll.
CREATE TABLE "FeedGeneration" (
    "memberId" INTEGER NOT NULL,
    "feed" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "FeedGeneration_pkey" PRIMARY KEY ("memberId", "feed")
);
