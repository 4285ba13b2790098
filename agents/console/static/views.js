// Every view by the first part of its address: its title, and the module that draws it, fetched when it is first shown.
// A module of a view exports `View({ parts, query })`. `nav`: its word in the navigation, left out where it is not there.

export const VIEWS = {
  "": { title: "Overview", nav: "Overview", load: () => import("./landing.js") },
  jobs: { title: "Jobs", nav: "Jobs", load: () => import("./jobs.js") },
  "dead-letters": { title: "Dead letters", nav: "Dead letters", load: () => import("./letters.js") },
  timers: { title: "Timers and queues", nav: "Timers", load: () => import("./timers.js") },
  sources: { title: "Sources", nav: "Sources", load: () => import("./sources.js") },
  operations: { title: "Operations", nav: "Operations", load: () => import("./operations.js") },
  audit: { title: "Audit", nav: "Audit", load: () => import("./audit.js") },
  users: { title: "User", load: () => import("./person.js") },
  charts: { title: "Charts", nav: "Charts", load: () => import("./charts.js") },
  search: { title: "Search", load: () => import("./search.js") },
};
