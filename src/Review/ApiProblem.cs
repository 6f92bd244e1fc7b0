using Microsoft.AspNetCore.WebUtilities;

namespace Tda.Review;

/// <summary>Errors of our own API: problem details (RFC 9457).</summary>
internal static class ApiProblem
{
    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        var problem = new { type = "about:blank", title = ReasonPhrases.GetReasonPhrase(status), status, detail, code };
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(problem, JsonDefaults.Options, "application/problem+json", context.RequestAborted);
    }
}
