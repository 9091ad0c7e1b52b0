// Logs in without leaving the page, so that a wrong password is told where it was typed.

const form = document.querySelector("#login");
const problem = document.querySelector("#login-problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  try {
    const answer = await fetch("login", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (answer.ok) return location.reload();
    problem.textContent =
      answer.status === 429
        ? "Too many tries; wait a minute."
        : "Name or password is not right; try again.";
  } catch {
    problem.textContent = "The page’s server does not answer; is it still running?";
  }
  problem.hidden = false;
  form.elements.password.select();
});
