using Microsoft.AspNetCore.Http.Features;
using Tda.Gateway.Capture;
using Tda.Gateway.Operations;
using Tda.Gateway.Protocols;
using Tda.Gateway.Recording;
using Tda.Gateway.Spool;
using Tda.Gateway.Upstreams;
using Tda.Gateway.WebSockets;
using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Proxy;

/// <summary>
/// The way of a request through the gateway:
/// <code>
///   client ──2──► [copy] ──3──► upstream
///   client ◄──6── [copy] ◄──4── upstream
///                    └──5──► spool ──► store
/// </code>
/// 1. It is decided whether the exchange is recorded. 2. The request's bytes are copied as the forwarder reads them. 3. The
/// forwarder sends them on. 4. Each piece of the answer goes to the client, then into the copy; the answer's end is held.
/// 5. The exchange is spooled, as safe as promised. 6. The end goes to the client, or its connection breaks as the upstream's did.
/// </summary>
internal sealed class GatewayRoute(
    IHttpForwarder forwarder,
    HttpMessageInvoker client,
    Recorder recorder,
    GatewayMetrics metrics,
    TimeProvider time,
    CancellationToken stopping)
{
    // A request that never reached the upstream is still worth its log entry, but not at any price.
    private static readonly TimeSpan LongestRequestDrain = TimeSpan.FromSeconds(5);

    private readonly LogprobRefusals _refusals = new();

    public Task HandleAsync(HttpContext context)
    {
        // 1
        var call = context.Features.GetRequiredFeature<ForwardedCall>();
        var plan = call.Plan;
        var route = plan.Route(context.Request.Path);
        var id = ExchangeIds.Next(time.GetUtcNow());
        metrics.Forwarded(route);
        if (GatewayHeaders.ReadOptOut(context.Request.Headers[GatewayHeaders.OptOutHeader])?.HasFlag(OptOut.Record) == true)
        {
            return UnrecordedAsync(context, call, route, DropCause.OptOut);
        }

        if (!Sampling.Takes(id, plan.Options.SampleOf(route)))
        {
            return UnrecordedAsync(context, call, route, DropCause.SampledOut);
        }

        if (!recorder.Full)
        {
            return RecordedAsync(context, call, route, id);
        }

        if (plan.Options.Spool.WhenFull == SpoolFullPolicy.PassUnrecorded)
        {
            return UnrecordedAsync(context, call, route, DropCause.SpoolFull);
        }

        recorder.Refused();
        return ProviderError.RefuseAsync(context, route, "nothing more can be recorded: the spool is full");
    }

    private async Task RecordedAsync(HttpContext context, ForwardedCall call, string route, string id)
    {
        var attempts = await Attempts.BeginAsync(context, call);
        var abort = new DeferredAbort(context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>());
        context.Features.Set<IHttpRequestLifetimeFeature>(abort);
        for (var attempt = id; !await AttemptAsync(context, call, route, attempt, id, attempts, abort);)
        {
            if (!await attempts!.NextAsync(context, call, time))
            {
                return;
            }

            metrics.Forwarded(route);
            attempt = ExchangeIds.Next(time.GetUtcNow());
        }
    }

    /// <summary>Forwards and records once; false where it failed and is to be tried again, with nothing sent to the client yet.</summary>
    private async Task<bool> AttemptAsync(
        HttpContext context, ForwardedCall call, string route, string id, string first, Attempts? attempts, DeferredAbort abort)
    {
        var plan = call.Plan;
        var durability = plan.Options.DurabilityOf(route);
        using var capture = new ExchangeCapture(context, id, route, recorder.SessionId, call, recorder.Memory, time);
        if (attempts is { Number: > 1 and var number })
        {
            capture.IsAttempt(number, first);
        }

        var body = context.Response.Body;
        await using var tee = new ResponseTee(context.Response, capture, recorder, durability, time);
        context.Request.Body = new RequestTee(context.Request.Body, capture);
        context.Response.Body = tee;
        recorder.Take(capture);
        using var socket = WebSocketUpgrade.Watch(context, capture, recorder, durability, plan.Options, time);
        UpstreamTransformer? transformer = null;
        var outcome = new ForwardOutcome(TerminalState.UpstreamAbort, "the gateway itself failed");
        bool recorded;
        try
        {
            // 2 to 4
            var logprobs = await LogprobExchange.BeginAsync(
                context, route, plan.Options.Logprobs, _refusals, recorder.Memory, context.RequestAborted);
            tee.ToClient = logprobs is null ? null : logprobs.Strip;
            transformer = new(call, time, logprobs, attempts, capture);
            outcome = await ForwardAsync(context, call, route, transformer, attempts);
            if (logprobs is { Refused: true })
            {
                transformer = new(call, time, null, attempts, capture);
                outcome = await ForwardAsync(context, call, route, transformer, attempts);
            }

            outcome = tee.ClientStalled && outcome.State == TerminalState.Timeout ? ForwardOutcome.ClientStalled : outcome;
            outcome = socket?.Messages?.Outcome(outcome) ?? outcome;
            capture.LogprobsAdded = logprobs is { Added: true };
        }
        finally
        {
            // 5. Also when the gateway failed: no request that was taken may be missing in the log.
            tee.UpstreamEnded();
            socket?.Messages?.Finish();
            recorded = await recorder.RecordAsync(capture, outcome, durability);
        }

        if (!recorded && plan.Options.Spool.WhenFull == SpoolFullPolicy.Refuse)
        {
            // An answer that is not in the log must not look whole.
            tee.Discard();
            abort.Abort();
        }
        else if (attempts is { Failed: true })
        {
            context.Response.Body = body;
            Measure(route, outcome, capture, tee, transformer);
            return false;
        }

        // 6
        await FinishAsync(context, tee, abort);
        Measure(route, outcome, capture, tee, transformer);
        return true;
    }

    private async Task UnrecordedAsync(HttpContext context, ForwardedCall call, string route, DropCause cause)
    {
        var attempts = await Attempts.BeginAsync(context, call);
        for (var more = true; more; more = attempts is { Failed: true } && await attempts.NextAsync(context, call, time))
        {
            if (attempts is { Number: > 1 })
            {
                metrics.Forwarded(route);
            }

            recorder.TakeUnrecorded(cause);
            try
            {
                await ForwardAsync(context, call, route, new(call, time, attempts: attempts), attempts);
            }
            finally
            {
                recorder.Settle();
            }
        }
    }

    private void Measure(string route, ForwardOutcome outcome, ExchangeCapture capture, ResponseTee tee, UpstreamTransformer? transformer)
    {
        metrics.Settled(route, outcome.State);
        if (transformer?.SentAt is { } sent && tee.LastPiece is { } last)
        {
            metrics.Overhead(time.GetElapsedTime(capture.Start, sent), time.GetElapsedTime(last));
        }

        if (capture.Arrivals.At(0) is { } first)
        {
            metrics.FirstToken(route, TimeSpan.FromMicroseconds(first));
        }
    }

    private async Task<ForwardOutcome> ForwardAsync(
        HttpContext context, ForwardedCall call, string route, UpstreamTransformer transformer, Attempts? attempts)
    {
        var error = await forwarder.SendAsync(context, call.Upstream!.Address.Origin, client, call.Plan.Config(route), transformer, CancellationToken.None);
        var exception = error == ForwarderError.None ? null : context.GetForwarderErrorFeature()?.Exception;
        var outcome = ForwardOutcome.Of(
            error, exception, context.RequestAborted.IsCancellationRequested, stopping.IsCancellationRequested);
        var unanswered = outcome.State is TerminalState.UpstreamAbort or TerminalState.Timeout && !context.Response.HasStarted;
        if (unanswered || attempts is { Failed: true })
        {
            await DrainRequestAsync(context);
        }

        // A model that was silent for long may still be at work, and is not asked twice.
        if (unanswered && (outcome.State == TerminalState.Timeout || attempts?.GoesOn() is not true))
        {
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

/// <summary>
/// Notes that the forwarder wants the client's connection broken, and leaves the doing to us: the exchange is recorded
/// first, so that a client that sees its stream break finds it in the log.
/// </summary>
internal sealed class DeferredAbort(IHttpRequestLifetimeFeature inner) : IHttpRequestLifetimeFeature
{
    /// <summary>Whether the forwarder asked for the connection to be broken.</summary>
    public bool Requested { get; private set; }

    public CancellationToken RequestAborted
    {
        get => inner.RequestAborted;
        set => inner.RequestAborted = value;
    }

    public void Abort() => Requested = true;

    /// <summary>Breaks the connection now.</summary>
    public void Carry() => inner.Abort();
}
