using System.Reflection;
using Microsoft.AspNetCore.Http;
using Tda.Gateway.Configuration;
using Tda.Gateway.Security;
using Tda.Store;

namespace Tda.Gateway.Tests.Security;

public class FeedbackEndpointTests
{
    private const string Good = """{"rating":-1,"label":"harmful","comment":"see mail to a@example.com"}""";

    private readonly FakeTimeProvider _time = new();
    private readonly MemoryKeys _keys = new();
    private readonly List<Feedback> _given = [];

    [Fact]
    public async Task HandleAsync_OwnersKey_KeptWithSecretsMasked()
    {
        var owner = _keys.Issue(_time.GetUtcNow());

        var status = await PostAsync(Good, owner, ownerId: owner.Split('_')[1]);

        Assert.Equal(StatusCodes.Status204NoContent, status);
        var feedback = Assert.Single(_given);
        var expected = new Feedback
        {
            ExchangeId = "e-1",
            At = _time.GetUtcNow(),
            By = $"client {owner.Split('_')[1]}",
            Rating = -1,
            Label = "harmful",
            Comment = "see mail to [email******]",
        };
        Assert.Equal(expected, feedback);
    }

    [Fact]
    public async Task HandleAsync_StrangerOrNobody_404AsIfItWereNotThere()
    {
        var owner = _keys.Issue(_time.GetUtcNow());
        var stranger = _keys.Issue(_time.GetUtcNow());

        Assert.Equal(StatusCodes.Status404NotFound, await PostAsync(Good, stranger, owner.Split('_')[1]));
        Assert.Equal(StatusCodes.Status404NotFound, await PostAsync(Good, "guess", owner.Split('_')[1]));
        Assert.Equal(StatusCodes.Status404NotFound, await PostAsync(Good, null, null));
        Assert.Empty(_given);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[")]
    [InlineData("null")]
    [InlineData("""{"rating":2}""")]
    [InlineData("""{"rating":"x"}""")]
    [InlineData("""{"label":"0123456789012345678901234567890123456789012345678901234567890123456789"}""")]
    public async Task HandleAsync_BadBody_400(string body)
    {
        var owner = _keys.Issue(_time.GetUtcNow());

        Assert.Equal(StatusCodes.Status400BadRequest, await PostAsync(body, owner, owner.Split('_')[1]));
        Assert.Empty(_given);
    }

    [Fact]
    public async Task HandleAsync_KeysUnavailable_503()
    {
        var owner = _keys.Issue(_time.GetUtcNow());
        _keys.Down = true;

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, await PostAsync(Good, owner, owner.Split('_')[1]));
    }

    private async Task<int> PostAsync(string body, string? key, string? ownerId)
    {
        var store = DispatchProxy.Create<IExchangeStore, OneExchange>();
        ((OneExchange)store).Client = ownerId;
        ((OneExchange)store).Given = _given;
        var endpoint = new FeedbackEndpoint(store, new KeyCache(_keys, _time), new LiveOptions(new() { Upstream = "http://127.0.0.1" }), _time);
        var context = new DefaultHttpContext();
        context.Request.RouteValues["id"] = "e-1";
        context.Request.ContentType = "application/json";
        context.Request.ContentLength = body.Length;
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        if (key is not null)
        {
            context.Request.Headers.Authorization = "Bearer " + key;
        }

        await endpoint.HandleAsync(context);
        return context.Response.StatusCode;
    }

    /// <summary>A log that holds one exchange.</summary>
    public class OneExchange : DispatchProxy
    {
        public string? Client { get; set; }

        public List<Feedback> Given { get; set; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
        {
            nameof(IExchangeStore.GetAsync) => Task.FromResult((string)args![0]! == "e-1" ? Exchange() : null),
            nameof(IExchangeStore.AddFeedbackAsync) => Add((Feedback)args![0]!),
            _ => throw new NotSupportedException(targetMethod?.Name),
        };

        private Task<bool> Add(Feedback feedback)
        {
            Given.Add(feedback);
            return Task.FromResult(true);
        }

        private Exchange? Exchange() => new()
        {
            Id = "e-1",
            Route = "/v1/models",
            Method = "GET",
            Path = "/v1/models",
            StartedAt = DateTimeOffset.UnixEpoch,
            State = TerminalState.Complete,
            Client = Client,
        };
    }
}
