// The one door to the library that draws: Preact with hooks, and its templates (htm). Whatever a template is given as a child
// becomes a text node; nothing here or elsewhere sets markup from data.
export {
  Component, createContext, h, html, render, useCallback, useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef,
  useState,
} from "./htm.js";
