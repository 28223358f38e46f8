-- What the pages of a form say and how they look: title, introduction, thanks, colour, logo.
ALTER TABLE forms ADD COLUMN page JSONB NOT NULL DEFAULT '{}';
