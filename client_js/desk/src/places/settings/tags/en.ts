/** English: what the page of tags says. */

export const en = {
  heading: "Tags",
  lead: "What conversations are marked with. Whoever sets tags writes new ones; one that no conversation has is gone.",
  none: "No tags yet",
  noneMeans: "Tags appear here once an open conversation has them.",
  name: "Tag",
  conversations: "Open conversations",
  rename: "Rename",
  renameTag: "Rename {tag}",
  newName: "New name",
  means: "Every conversation that has the tag gets the new name, closed ones too.",
  joinTitle: "There is a tag {name} already",
  joinMeans: "You can make one tag of both. They cannot be told apart afterwards.",
  join: "Join them",
  renamed: "{tag} is called {name} now.",
  left: {
    one: "{n} conversation keeps {tag}: it has no room for the longer name.",
    other: "{n} conversations keep {tag}: they have no room for the longer name.",
  },
} as const;
