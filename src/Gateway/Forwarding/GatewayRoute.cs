using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tda.Core.Exchanges;
using Tda.Gateway.Capture;
using Tda.Gateway.Configuration;
using Tda.Gateway.Hosting;
using Tda.Gateway.Logprobs;
using Tda.Gateway.Recording;
using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Forwarding;

/// <summary>
/// The way of a request through the gateway:
/// <code>
///   client ──1──► [copy] ──2──► upstream
///   client ◄──5── [copy] ◄──3── upstream
///                    └──4──► log
/// </code>
/// 1. The request's bytes are copied as the forwarder reads them. 2. The forwarder sends them on. 3. Each piece of the
/// answer goes to the client, then into the copy; the answer's end is held. 4. The copy is parsed and recorded.
/// 5. The end goes to the client, or its connection breaks as the upstream's did.
/// </summary>
internal sealed class GatewayRoute(
    IHttpForwarder forwarder,
    HttpMessageInvoker client,
    Recorder recorder,
    LiveOptions live,
    TimeProvider time,
    CancellationToken stopping)
{
    // A request that never reached the upstream is still worth its log entry, but not at any price.
    private static readonly TimeSpan LongestRequestDrain = TimeSpan.FromSeconds(5);

    private readonly LogprobRefusals _refusals = new();

    public async Task HandleAsync(HttpContext context)
    {
        var options = live.Current;
        var abort = new DeferredAbort(context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>());
        context.Features.Set<IHttpRequestLifetimeFeature>(abort);
        using var capture = new ExchangeCapture(context, options, time);
        await using var tee = new ResponseTee(context.Response, capture.Response, capture.Arrivals, options.DurabilityOf(capture.Route) != Durability.Memory, time);
        context.Request.Body = new RequestTee(context.Request.Body, capture.Request);
        context.Response.Body = tee;
        recorder.CountForwarded();

        var outcome = new ForwardOutcome(TerminalState.UpstreamAbort, "the gateway itself failed");
        try
        {
            // 1 to 3
            var logprobs = await LogprobExchange.BeginAsync(context, capture.Route, options.Logprobs, _refusals, context.RequestAborted);
            tee.ToClient = logprobs is null ? null : logprobs.Strip;
            outcome = await ForwardAsync(context, options, capture.Route, logprobs);
        }
        finally
        {
            // 4. Also when the gateway failed: no request that was taken may be missing in the log.
            tee.UpstreamEnded();
            await recorder.RecordAsync(capture.ToExchange(outcome, recorder.SessionId));
        }

        // 5
        await FinishAsync(context, tee, abort);
    }

    private async Task<ForwardOutcome> ForwardAsync(HttpContext context, GatewayOptions options, string route, LogprobExchange? logprobs)
    {
        var upstream = UpstreamAddress.TryParse(options.Upstream, out var prefix, out var problem) ? prefix : throw new InvalidOperationException(problem);
        var config = new ForwarderRequestConfig { ActivityTimeout = options.TimeoutOf(route) };
        var error = await forwarder.SendAsync(context, upstream, client, config, new UpstreamTransformer(options.AddForwardedHeaders, logprobs), CancellationToken.None);
        if (logprobs is { Refused: true })
        {
            error = await forwarder.SendAsync(context, upstream, client, config, new UpstreamTransformer(options.AddForwardedHeaders), CancellationToken.None);
        }

        var outcome = ForwardOutcome.Of(
            error, context.GetForwarderErrorFeature()?.Exception, context.RequestAborted.IsCancellationRequested, stopping.IsCancellationRequested);
        if (outcome.State is TerminalState.UpstreamAbort or TerminalState.Timeout && !context.Response.HasStarted)
        {
            await DrainRequestAsync(context);
            await AnswerErrorAsync(context, route, outcome);
        }

        return outcome;
    }

    private static async Task FinishAsync(HttpContext context, ResponseTee tee, DeferredAbort abort)
    {
        try
        {
            await tee.ReleaseAsync(context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left; the exchange says how it ended.
        }

        if (abort.Requested)
        {
            abort.Carry();
        }
    }

    private static async Task AnswerErrorAsync(HttpContext context, string route, ForwardOutcome outcome)
    {
        try
        {
            await ProviderError.WriteAsync(context, route, outcome, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to tell; the exchange is recorded all the same.
        }
    }

    /// <summary>Reads what the upstream did not take of the request, so that the log shows what was asked.</summary>
    private async Task DrainRequestAsync(HttpContext context)
    {
        using var limit = new CancellationTokenSource(LongestRequestDrain, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null, either.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The client sends too slowly, broke off, or sent a malformed body: what came is recorded with its length.
        }
    }
}
