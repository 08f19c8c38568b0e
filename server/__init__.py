"""The session host and its workers, and the way of a frame from a worker to a browser. Nothing here knows Streamlit."""
