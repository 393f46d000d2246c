"""The candidate: reads through Prisma, the shadow comparison and the migrations."""
