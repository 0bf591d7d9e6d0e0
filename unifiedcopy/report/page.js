"use strict";
for (const plot of JSON.parse(document.getElementById("plots").textContent)) {
  const { rows, ...given } = plot.layout;
  const place = document.getElementById(plot.place);
  if (rows) place.style.height = `${Math.max(9, rows * 1.7 + 5)}rem`;
  const layout = {
    margin: { l: 8, r: 12, t: 8, b: 8 },
    font: { family: "inherit", size: 12 },
    showlegend: plot.data.length > 1,
    legend: { orientation: "h", y: 1.02, yanchor: "bottom" },
    hoverlabel: { namelength: -1 },
    ...given,
    xaxis: { automargin: true, ...given.xaxis },
    yaxis: { automargin: true, ...given.yaxis },
  };
  Plotly.newPlot(place, plot.data, layout, { responsive: true, displaylogo: false, displayModeBar: false });
}
