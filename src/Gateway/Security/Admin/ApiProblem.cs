using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Tda.Gateway.Security;

/// <summary>Errors of the gateway's own API: problem details (RFC 9457).</summary>
internal static class ApiProblem
{
    /// <summary>Answers with a problem.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        var problem = new { type = "about:blank", title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), status, detail, code };
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(problem, JsonDefaults.Options), context.RequestAborted).AsTask();
    }
}
