using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary>
/// Handles one request: 1. key, 2. route, 3. body, 4. model and parameters, 5. generation, 6. answer. Whatever is refused on
/// the way becomes OpenAI's error object.
/// </summary>
internal sealed class OpenAIHandler(ITextModel model, TokenTexts texts, GenerationEngine engine, LabServerOptions options)
{
    private readonly ILogger _log = options.Logging.CreateLogger("Tda.Lab.Server");
    private readonly AnswerWriter _writer = new(model, texts, engine, options);
    private readonly long _started = options.Time.GetUtcNow().ToUnixTimeSeconds();

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers["x-request-id"] = $"req_{Guid.NewGuid():N}";
        try
        {
            CheckKey(context.Request);
            await RouteAsync(context);
        }
        catch (ApiException e)
        {
            await RefuseAsync(context, e.Error);
        }
        catch (BadHttpRequestException e)
        {
            var tooLarge = e.StatusCode == StatusCodes.Status413PayloadTooLarge;
            await RefuseAsync(context, new ApiError(
                e.StatusCode,
                tooLarge ? $"The request body is larger than this server's limit of {options.MaxBodyBytes} bytes." : e.Message,
                "invalid_request_error",
                tooLarge ? "request_too_large" : null));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: its sequences have left the batch by the same token.
        }
        catch (Exception e)
        {
            _log.LogError(e, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            var message = e is TdaException ? e.Message : "The server had an error while processing your request.";
            await RefuseAsync(context, new ApiError(500, message, "server_error", "internal_error"));
        }
    }

    private Task RouteAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        var (method, handle) = path switch
        {
            "/v1/models" => ("GET", (Func<HttpContext, Task>)ListModelsAsync),
            "/v1/completions" => ("POST", c => GenerateAsync(c, CallKind.Completion)),
            "/v1/chat/completions" => ("POST", c => GenerateAsync(c, CallKind.Chat)),
            _ when path.StartsWith("/v1/models/", StringComparison.Ordinal) => ("GET", c => GetModelAsync(c, path["/v1/models/".Length..])),
            _ => throw new ApiException(404, $"Invalid URL ({context.Request.Method} {path})", "invalid_request_error"),
        };
        if (context.Request.Method == method)
        {
            return handle(context);
        }

        context.Response.Headers.Allow = method;
        throw new ApiException(
            405, $"Not allowed to {context.Request.Method} on {path}; use {method}.", "invalid_request_error", code: "method_not_supported");
    }

    private void CheckKey(HttpRequest request)
    {
        if (options.ApiKey is not { } key)
        {
            return;
        }

        const string Bearer = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(401, "You didn't provide an API key: send it as 'Authorization: Bearer KEY'.", "invalid_request_error");
        }

        // Hashes have one length, so that the comparison takes the same time whatever was sent.
        var sent = SHA256.HashData(Encoding.UTF8.GetBytes(header[Bearer.Length..].Trim()));
        if (!CryptographicOperations.FixedTimeEquals(sent, SHA256.HashData(Encoding.UTF8.GetBytes(key))))
        {
            throw new ApiException(401, "Incorrect API key provided.", "invalid_request_error", code: "invalid_api_key");
        }
    }

    private async Task GenerateAsync(HttpContext context, CallKind kind)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var call = CallParser.Parse(kind, body.GetBuffer().AsMemory(0, (int)body.Length));
        CheckModel(call.Model);
        await _writer.WriteAsync(context, call);
    }

    private Task ListModelsAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(new { @object = "list", data = new[] { DescribeModel() } }, context.RequestAborted);

    private Task GetModelAsync(HttpContext context, string name)
    {
        CheckModel(name);
        return context.Response.WriteAsJsonAsync(DescribeModel(), context.RequestAborted);
    }

    private object DescribeModel() => new { id = options.ModelName, @object = "model", created = _started, owned_by = "tda-lab" };

    private void CheckModel(string name)
    {
        if (name != options.ModelName)
        {
            throw new ApiException(404, $"The model '{name}' does not exist.", "invalid_request_error", "model", "model_not_found");
        }
    }

    private async Task RefuseAsync(HttpContext context, ApiError error)
    {
        if (context.Response.HasStarted)
        {
            // Too late for a status: a stream that broke must not look like one that ended.
            context.Abort();
            return;
        }

        context.Response.StatusCode = error.Status;
        context.Response.ContentType = "application/json";
        if (error.Status == StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        await context.Response.BodyWriter.WriteAsync(error.ToOpenAI());
    }
}
