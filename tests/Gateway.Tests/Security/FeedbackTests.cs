using System.Net;
using System.Net.Http.Json;
using Tda.Gateway.Tests.Support;
using Tda.Store;

namespace Tda.Gateway.Tests.Security;

/// <summary>Feedback as clients send it.</summary>
public class FeedbackTests
{
    public static TheoryData<HttpContent, HttpStatusCode> Bodies => new()
    {
        // In chunks: no length is announced.
        { JsonContent.Create(new { rating = 1 }), HttpStatusCode.NoContent },

        // What `curl --data` calls it.
        { new StringContent("""{"rating":1}""", Encoding.UTF8, "application/x-www-form-urlencoded"), HttpStatusCode.NoContent },
        { new StringContent("""{"rating":-0.5,"label":"harmful"}"""), HttpStatusCode.NoContent },
        { new StringContent("""{"rating":2}"""), HttpStatusCode.BadRequest },
        { new StringContent("rating=1"), HttpStatusCode.BadRequest },
        { new StringContent(""), HttpStatusCode.BadRequest },
        { new StringContent("{\"comment\":\"" + new string('x', 64 << 10) + "\"}"), HttpStatusCode.BadRequest },
    };

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task Post_FromAProgramOfThisMachine_TakenHoweverItIsSent(HttpContent body, HttpStatusCode expected)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await gateway.Server.DrainedAsync();
        var id = (await gateway.Server.Store.ListAsync(ExchangeFilter.All).FirstAsync()).Id;
        using var http = new HttpClient { BaseAddress = gateway.Url };

        using var answer = await http.PostAsync($"/api/exchanges/{id}/feedback", body);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.NoContent ? 1 : 0, (await gateway.Server.Store.FeedbackAsync(id)).Count);
    }
}
